package request

import (
	"errors"
	"fmt"
	"net/http"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
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

	bounded bool          // --max-pages is given
	meter   *pageProgress // nil without
}

func (o *pageOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.AllPages, "all", false, "Follow all pages of a list; write its items, one per line")
	f.BoolVar(&o.Pages, "pages", false, "With --all, write whole pages instead of items, one per line")
	f.IntVar(&o.MaxPages, "max-pages", pagination.MostPages, "With --all, stop after `N` pages; 0 means no limit")
	f.StringVar(&o.Cursor, "cursor", "", "With --all, start at `CURSOR`, as printed by an error or by --max-pages")
}

func (o *options) checkPages(method string) error {
	switch {
	case !o.AllPages && (o.Pages || o.bounded || o.Cursor != ""):
		return cli.Usagef("", "--pages, --max-pages and --cursor need --all")
	case !o.AllPages:
		return nil
	case o.MaxPages < 0:
		return cli.Usagef("0 means no limit", "--max-pages must not be negative")
	case o.Head || method == http.MethodHead || strings.EqualFold(o.Method, http.MethodHead):
		return cli.Usagef("", "--all cannot be used with head: its responses have no body")
	case o.Range != "":
		return cli.Usagef("--max-pages and --cursor select pages", "-r cannot be used with --all: it selects a part of one response")
	case o.Include || o.DumpHeader != "":
		return cli.Usagef("-v shows the headers of every page on standard error", "-i and -D cannot be used with --all: they apply to one response")
	}
	return nil
}

func (o *options) allPages(s *session.Session) *fetch.AllPages {
	if !o.AllPages {
		return nil
	}
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away shows as a failed write
	all := &fetch.AllPages{Whole: o.Pages, Cursor: o.Cursor, Bound: o.MaxPages}
	if o.bounded {
		all.Max, all.Bound = o.MaxPages, 0
	}
	toFile := o.RemoteName || o.Output != "" && o.Output != "-"
	if o.meter = newPageProgress(s, s.Env.OutTTY && !toFile); o.meter != nil {
		all.Took = o.meter.took
	}
	return all
}

// paged adds to the outcome of a request how far it came through the pages of a list, and how to go on.
func (o *options) paged(s *session.Session, res fetch.Result, err error) error {
	if o.meter != nil {
		o.meter.stop()
	}
	switch {
	case !o.AllPages:
		return err
	case err == nil && res.Paged.More && !o.Silent:
		s.Messages.Say("stopped after %s; there are more pages: %s", pageCount(res.Paged.Pages), o.goOnAt(res.Paged.Cursor))
		return nil
	case err == nil:
		return nil
	case batch.ReaderGone(err):
		return &cli.Error{Silent: true, Code: cli.ExitReaderGone}
	}
	f, ok := errors.AsType[*cli.Error](err)
	if !ok {
		return err
	}
	at, paged := errors.AsType[*fetch.PageError](err)
	hints := []string{f.Hint}
	if hint := pagingHint(err, o.API); hint != "" {
		hints[0] = hint
	}
	if received := res.Paged.Pages; received > 0 && res.Paged.Cursor != "" && (!paged || at.Page > received) {
		hints = append(hints, pageCount(received)+" were received; "+o.goOnAt(res.Paged.Cursor))
	}
	f.Hint = strings.TrimPrefix(strings.Join(hints, "; "), "; ")
	if !paged && res.Status >= http.StatusBadRequest {
		f.Message = fmt.Sprintf("%s (page %d)", f.Message, res.Paged.Pages+1)
	}
	if body := strings.TrimSpace(res.Paged.Body); body != "" {
		f.Message += "\n" + body
	}
	return f
}

func pageCount(n int) string {
	return terminal.Quantity(int64(n), "page")
}

// goOnAt says how to continue a list.
func (o *options) goOnAt(cursor string) string {
	how := "the same command with --cursor " + cli.ShellQuoted(cursor)
	if o.Output != "" && o.Output != "-" {
		how += " and another -o"
	}
	return how + " continues"
}

// pagingHint is the next step after an error of following pages.
func pagingHint(err error, api string) string {
	switch {
	case errors.Is(err, pagination.ErrUnknownStyle):
		return fmt.Sprintf("say it under apis.%s in config.yaml, such as pagination: {style: cursor, send: {query: cursor}, next: .next_cursor, items: .items}; see `arl help pagination`", api)
	case cli.Is[*pagination.EndlessError](err):
		return "--max-pages 0 follows it however long it is"
	case cli.Is[*pagination.NotListError](err):
		return "pagination.items in the profile says where the items are, --pages writes whole pages; see `arl help pagination`"
	case cli.Is[*pagination.ForeignError](err):
		return "credentials belong to the profile's origin alone; if that is the API too, give it a profile of its own"
	}
	return ""
}
