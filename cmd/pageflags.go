package cmd

import (
	"errors"
	"fmt"
	"net/http"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/pagination"
	"github.com/arl-cli/arl/internal/terminal"
)

// pageOptions are the flags of lists in pages.
type pageOptions struct {
	AllPages bool
	Pages    bool
	MaxPages int
	Cursor   string

	bounded bool       // --max-pages is given
	meter   *pageMeter // nil without
}

func (o *pageOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.AllPages, "all", false, "follow the pages of a list to its end, and write its items, one a line")
	f.BoolVar(&o.Pages, "pages", false, "with --all, write whole pages, one a line, instead of their items")
	f.IntVar(&o.MaxPages, "max-pages", pagination.MostPages, "with --all, stop after `N` pages; 0 means no bound")
	f.StringVar(&o.Cursor, "cursor", "", "with --all, begin at `CURSOR`: what an error or --max-pages names to go on with")
}

func (o *fetchOptions) checkPages(method string) error {
	switch {
	case !o.AllPages && (o.Pages || o.bounded || o.Cursor != ""):
		return usagef("", "--pages, --max-pages and --cursor are for --all")
	case !o.AllPages:
		return nil
	case o.MaxPages < 0:
		return usagef("0 means no bound", "--max-pages must not be negative")
	case o.Head || method == http.MethodHead || strings.EqualFold(o.Method, http.MethodHead):
		return usagef("", "--all is about the bodies of answers, and head gets none")
	case o.Range != "":
		return usagef("--max-pages and --cursor choose among pages", "-r is about a part of one answer, and --all gets many")
	case o.Include || o.DumpHeader != "":
		return usagef("-v shows them on standard error", "-i and -D are about one answer, and --all gets many")
	}
	return nil
}

func (o *fetchOptions) allPages(s *session) *fetch.AllPages {
	if !o.AllPages {
		return nil
	}
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away shows as a failed write
	all := &fetch.AllPages{Whole: o.Pages, Cursor: o.Cursor, Bound: o.MaxPages}
	if o.bounded {
		all.Max, all.Bound = o.MaxPages, 0
	}
	toFile := o.RemoteName || o.Output != "" && o.Output != "-"
	if o.meter = newPageMeter(s, s.env.OutTTY && !toFile); o.meter != nil {
		all.Took = o.meter.took
	}
	return all
}

// paged adds to the outcome of a request how far it came through the pages of a list, and how to go on.
func (o *fetchOptions) paged(s *session, res fetch.Result, err error) error {
	if o.meter != nil {
		o.meter.stop()
	}
	switch {
	case !o.AllPages:
		return err
	case err == nil && res.Paged.More && !o.Silent:
		s.notes.say("stopped after %s; there is more: %s", pageCount(res.Paged.Pages), o.goOnAt(res.Paged.Cursor))
		return nil
	case err == nil:
		return nil
	case batch.ReaderGone(err):
		return &failure{silent: true, code: exitReaderGone}
	}
	f, ok := errors.AsType[*failure](err)
	if !ok {
		return err
	}
	at, paged := errors.AsType[*fetch.PageError](err)
	hints := []string{f.hint}
	if hint := pagingHint(err, o.API); hint != "" {
		hints[0] = hint
	}
	if received := res.Paged.Pages; received > 0 && res.Paged.Cursor != "" && (!paged || at.Page > received) {
		hints = append(hints, pageCount(received)+" came before; "+o.goOnAt(res.Paged.Cursor))
	}
	f.hint = strings.TrimPrefix(strings.Join(hints, "; "), "; ")
	if !paged && res.Status >= http.StatusBadRequest {
		f.message = fmt.Sprintf("%s (page %d)", f.message, res.Paged.Pages+1)
	}
	if body := strings.TrimSpace(res.Paged.Body); body != "" {
		f.message += "\n" + body
	}
	return f
}

func pageCount(n int) string {
	return terminal.Quantity(int64(n), "page")
}

// goOnAt says how a list is gone on with.
func (o *fetchOptions) goOnAt(cursor string) string {
	how := "the same command with --cursor " + shellQuoted(cursor)
	if o.Output != "" && o.Output != "-" {
		how += " and another -o"
	}
	return how + " goes on"
}

// shellQuoted writes a word so that a shell reads it as it is.
func shellQuoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// pagingHint is the next step after an error of following pages.
func pagingHint(err error, api string) string {
	switch {
	case errors.Is(err, pagination.ErrUnknownStyle):
		return fmt.Sprintf("say it under apis.%s in config.yaml, such as pagination: {style: cursor, send: {query: cursor}, next: .next_cursor, items: .items}; see `arl help pagination`", api)
	case is[*pagination.EndlessError](err):
		return "--max-pages 0 follows it however long it is"
	case is[*pagination.NotListError](err):
		return "pagination.items in the profile says where the items are, --pages writes whole pages; see `arl help pagination`"
	case is[*pagination.ForeignError](err):
		return "credentials belong to the profile's origin alone; if that is the API too, give it a profile of its own"
	}
	return ""
}

const helpPagination = `--all on get, post and request follows the pages of a list to its end. Its items go to
standard output, one a line, every token as it came; with --pages whole pages do.
--jq is run on each of them.

  arl get notion /users --all
  arl post notion /search --json '{"query": "minutes"}' --all --max-pages 10
  arl get github /orgs/ORG/repos --all --jq .full_name

Every page passes the limiter as a request of its own. If one fails, what came before
stays written, and the message names the --cursor with which the same command goes on.
The end of the reader (| head) ends it without a word. A list of more than 10000 pages is
taken for endless, which is an error too; --max-pages says another number, 0 none. A page that is said to be at
another origin is not asked for; a list that goes in a circle is an error. -i is not for
lists; -o gets all of it, and keeps what came before an error; -w tells of the last page.

The profile says how pages follow each other:

  pagination:
    style: cursor                # send what "next" says
    send: {query: start_cursor, body: start_cursor} # body: where JSON is sent
    size: {query: page_size, max: 100}  # sent unless the request has a size
    next: .next_cursor           # absent, null or empty at the end
    more: .has_more              # may be left out
    items: .results              # if left out: the body, or its only array

  style: page                    # send 1, 2, 3, ...; "first: 0" begins at 0
  style: offset                  # send how many items were seen
  style: link                    # the header Link: <...>; rel="next"
  style: link with next: .next   # the URL in the body

For page and offset the end is where "more" or "next" says so, else the first page without
items: an empty array, null, 204, an empty body, after the first page also an object
without "items" that tells of no error. null for items is no items in every style. Paths are those of jq: .a.b, ."a b", .a[0], .a[-1]. Without pagination in the
profile Link headers are followed if there are any.

In a batch a record with "all": true, or every GET and POST with --all, gets all pages:
its result has the items as one array, and how many pages they were.`
