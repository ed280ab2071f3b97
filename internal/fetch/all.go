package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/input"
	"github.com/arl-cli/arl/internal/pagination"
	"github.com/arl-cli/arl/internal/rawjson"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/internal/terminal"
)

// AllPages says how a fetch goes through all pages of a list.
type AllPages struct {
	Whole  bool   // write pages as they came, not their items
	Max    int    // stop after so many; 0 means none
	Bound  int    // a list of more pages is taken for endless; 0 means none
	Cursor string // begin there
	// Took is told how many pages and items there are so far, after every page; nil means nobody.
	Took func(pages, items int)
}

// Paged is how far a fetch came.
type Paged struct {
	Pages  int    // written
	Items  int    // in them
	Cursor string // where the next page begins; empty at the beginning of the list
	More   bool   // the bound was reached, and there is more
	Body   string // the beginning of a response with a status of 400 or above
}

// mostShown is how much of an error's body a message shows, in bytes.
const mostShown = 1000

// beginning is what a text begins with, in so many bytes.
func beginning(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// maxPage bounds one page, in bytes.
const maxPage = 256 << 20

// A PageError says which page could not be had, or what follows which.
type PageError struct {
	Page int // from 1
	Err  error
}

// Error implements error. Method and URL are for whoever names the request.
func (e *PageError) Error() string {
	err := e.Err
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return fmt.Sprintf("page %d: %v", e.Page, err)
}

// Unwrap returns the cause.
func (e *PageError) Unwrap() error { return e.Err }

// all sends a request and those for the pages that follow, and writes them as they come. One page at a time
// is held. What was received before an error stays written.
func (o *Options) all(c *apiclient.Client, first *http.Request, data payload, s Streams, out *output, res *Result) error {
	body, err := data.whole()
	if err != nil {
		return err
	}
	walk, err := BeginWalk(c, first, body, o.All.Cursor, o.All.Bound)
	if err != nil {
		return err
	}
	if o.DryRun {
		next := walk.Request()
		return writeDryRun(s.Out, c, PageRequest(first, next), payload{body: next.Body})
	}
	err = o.walk(c, first, walk, out, res)
	failed := err
	if res.Paged.Pages > 0 {
		failed = nil
	}
	if e := out.finish(failed); err == nil {
		err = e
	}
	return err
}

// BeginWalk makes the walk that begins with a request.
func BeginWalk(c *apiclient.Client, first *http.Request, body []byte, cursor string, bound int) (*pagination.Walk, error) {
	walk, err := pagination.Of(c.Profile(), first, body, cursor, bound)
	if failure.Is[*pagination.CursorError](err) {
		return nil, input.Wrap(err)
	}
	return walk, err
}

func (o *Options) walk(c *apiclient.Client, first *http.Request, walk *pagination.Walk, out io.Writer, res *Result) error {
	to := &res.Paged
	for {
		page, resp, err := o.page(c, first, walk, res) //nolint:bodyclose // page has closed it
		if err != nil || res.Status >= http.StatusBadRequest || res.Failure != "" {
			return OnPage(to.Pages+1, err)
		}
		if err := o.writePage(out, resp, &page); err != nil {
			return OnPage(to.Pages+1, err)
		}
		to.Pages++
		to.Items += page.Count
		if o.All.Took != nil {
			o.All.Took(to.Pages, to.Items)
		}
		to.Cursor = c.Redact(walk.Cursor())
		switch {
		case failure.Is[*pagination.EndlessError](page.Err):
			return OnPage(to.Pages+1, page.Err)
		case page.Err != nil:
			return OnPage(to.Pages, page.Err)
		case page.Last:
			to.Cursor = ""
			return nil
		case to.Pages == o.All.Max:
			to.More = true
			return nil
		}
	}
}

// OnPage says of which page an error is; nil stays nil.
func OnPage(n int, err error) error {
	if err == nil {
		return nil
	}
	return &PageError{n, err}
}

// page gets the next page. Where the status is 400 or above, or the response tells of a failure, there is none.
func (o *Options) page(c *apiclient.Client, first *http.Request, walk *pagination.Walk, res *Result) (pagination.Page, *http.Response, error) {
	var report sendctx.Report
	ctx := sendctx.WithReport(first.Context(), &report)
	req := PageRequest(first.WithContext(ctx), walk.Request())
	res.Request = c.Redact(req.Method + " " + req.URL.String())
	resp, err := c.Do(req)
	res.Report.Add(&report)
	if res.Transfer != nil {
		res.Transfer.Page(resp, report.Attempts)
	}
	if err != nil {
		res.Status = 0
		return pagination.Page{}, nil, err
	}
	defer resp.Body.Close()
	res.Status = resp.StatusCode
	body, err := wholePage(resp)
	if err != nil {
		return pagination.Page{}, nil, err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		res.Paged.Body = beginning(c.Redact(string(body[:min(len(body), 10*mostShown)])), mostShown)
		return pagination.Page{}, nil, nil
	}
	if res.Failure = c.Failure(resp.StatusCode, resp.Header, body); res.Failure != "" {
		return pagination.Page{}, nil, nil
	}
	p, err := walk.Take(resp.Request.URL, resp.StatusCode, resp.Header, body)
	return p, resp, err
}

// PageRequest is the first request, for another page.
func PageRequest(first *http.Request, page pagination.Request) *http.Request {
	req := first.Clone(first.Context())
	req.URL = page.URL
	if page.Body == nil {
		return req
	}
	if first.Body == nil && req.Header.Get("Content-Type") == "" {
		if req.Header == nil {
			req.Header = make(http.Header)
		}
		req.Header.Set("Content-Type", "application/json")
	}
	req.ContentLength = int64(len(page.Body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(page.Body)), nil }
	req.Body, _ = req.GetBody() // which does not fail
	return req
}

// receivePage reads a page within its attempt, so that one which breaks off is asked for again.
func receivePage(resp *http.Response) error {
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	resp.Body.Close()
	if err != nil {
		return fmt.Errorf("read the response: %w", err)
	}
	resp.Body = NewReceived(b)
	return nil
}

// wholePage is the body of a response that was received already, whole.
func wholePage(resp *http.Response) ([]byte, error) {
	body, ok := resp.Body.(*Received)
	if !ok {
		return io.ReadAll(resp.Body)
	}
	if len(body.b) > maxPage {
		return nil, fmt.Errorf("the page is larger than %d MiB", maxPage>>20)
	}
	return body.b, nil
}

// writePage writes a page, or its items: each on one line, with every token as it came, or what Print makes
// of it.
func (o *Options) writePage(w io.Writer, resp *http.Response, p *pagination.Page) error {
	switch {
	case len(p.Whole) == 0:
		return nil
	case o.All.Whole && o.Print != nil:
		return o.Print(terminal.Painted(w), resp, bytes.NewReader(p.Whole))
	case o.All.Whole:
		_, err := w.Write(append(rawjson.AppendLine(nil, p.Whole), '\n'))
		return err
	case p.NoItems != nil:
		return p.NoItems
	case o.Print != nil:
		for item := range rawjson.Elements(p.Items) {
			if err := o.Print(terminal.Painted(w), resp, bytes.NewReader(item)); err != nil {
				return err
			}
		}
		return nil
	case p.Count == 0:
		return nil
	}
	_, err := w.Write(appendItems(nil, p.Items))
	return err
}

// appendItems appends the elements of an array as lines.
func appendItems(dst, items []byte) []byte {
	for item := range rawjson.Elements(items) {
		dst = append(rawjson.AppendLine(dst, item), '\n')
	}
	return dst
}
