package send

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/pages"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/pagination"
	"github.com/arl-cli/arl/internal/rawjson"
	"github.com/arl-cli/arl/internal/sendctx"
)

// errDrained says that the run ended between two pages.
var errDrained = errors.New("the run ended before the list did")

// errOutgrown says that a page is larger than memory allows.
var errOutgrown = errors.New("the page cannot be kept")

// A pager gets all pages of one record.
type pager struct {
	sender *Sender
	client *apiclient.Client
	way    *sending
	first  *http.Request
	list   *pages.List
	answer *batch.Answer
	keyed  bool // the record brings an idempotency key itself
}

// all gets all pages of a record, and fills in the response. It goes on where an earlier run has left off.
func (s *Sender) all(ctx context.Context, c *apiclient.Client, way *sending, a *batch.Answer) error {
	r := way.record
	way.list = true
	keyed := r.Header.Get(c.Profile().IdempotencyHeader) != ""
	first, err := requestOf(ctx, c, r, s.Run)
	if err != nil {
		return err
	}
	way.request = first
	list, err := s.Lists.Take(listName(r))
	if err != nil {
		return s.unkept(fmt.Errorf("resume a list: %w", err))
	}
	p := &pager{sender: s, client: c, way: way, first: first, list: list, answer: a, keyed: keyed}
	err = p.get(ctx)
	a.List = &batch.List{Pages: list.Pages, Items: list.Items}
	if errors.Is(err, errOutgrown) {
		return list.Close()
	}
	if err == nil && a.Status < http.StatusBadRequest && a.Failure == "" {
		err = p.finish(ctx)
	}
	if e := list.Close(); err == nil && e != nil {
		err = s.unkept(e)
	}
	return err
}

// listName tells the lists of records apart.
func listName(r *batch.Request) string {
	if r.Occurrence > 0 {
		return fmt.Sprintf("%x-%d", r.PairKey(), r.Occurrence)
	}
	sum := sha256.Sum256([]byte(r.Input))
	return fmt.Sprintf("%x-%x-%d", r.PairKey(), sum[:4], r.Line)
}

// unkept stops the run: what it receives cannot be kept.
func (s *Sender) unkept(err error) error {
	if s.Stop != nil {
		s.Stop(err)
	}
	return &notNotedError{err}
}

// get gets what is missing of the list. A cursor of an earlier run that the server does not take any more
// makes it start over.
func (p *pager) get(ctx context.Context) error {
	taken := p.list.Pages > 0
	err := p.walk(ctx)
	if !taken || !p.stale(err) {
		return err
	}
	if err := p.list.Remove(); err != nil {
		return p.sender.unkept(err)
	}
	return p.walk(ctx)
}

// stale reports whether the first response since a list was resumed rejects its cursor.
func (p *pager) stale(err error) bool {
	if p.answer.List != nil { // a page has come since
		return false
	}
	switch p.answer.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity:
		return err == nil
	}
	return failure.Is[*pagination.NotListError](err)
}

// walk goes from page to page, from where the list is.
func (p *pager) walk(ctx context.Context) error {
	walk, err := fetch.BeginWalk(p.client, p.first, p.way.record.Body, p.list.Next, p.sender.PageBound)
	if err != nil {
		return err
	}
	for !p.list.Whole {
		if p.stopping() {
			return errDrained
		}
		page, err := p.page(ctx, walk)
		if err != nil || p.answer.Status >= http.StatusBadRequest || p.answer.Failure != "" {
			return fetch.OnPage(p.list.Pages+1, err)
		}
		endless := failure.Is[*pagination.EndlessError](page.Err)
		if err := cmp.Or(page.NoItems, page.Err); err != nil && !endless {
			return fetch.OnPage(p.list.Pages+1, err)
		}
		if err := p.keep(walk, &page); err != nil {
			return err
		}
		if endless {
			return fetch.OnPage(p.list.Pages+1, page.Err)
		}
	}
	return nil
}

func (p *pager) stopping() bool {
	select {
	case <-p.way.record.Stopping():
		return p.list.Pages > 0
	default:
		return false
	}
}

// page gets the next page.
func (p *pager) page(ctx context.Context, walk *pagination.Walk) (pagination.Page, error) {
	var report sendctx.Report
	req := fetch.PageRequest(p.first.WithContext(sendctx.WithReport(ctx, &report)), walk.Request())
	p.ownKey(req, walk.Cursor())
	status, header, body, from, err := send(p.client, req)
	p.answer.Add(&report)
	p.answer.Status, p.answer.Header, p.answer.Body = status, header, nil
	if err != nil {
		return pagination.Page{}, err
	}
	if status >= http.StatusBadRequest {
		p.answer.Body = body
		return pagination.Page{}, nil
	}
	if p.answer.Failure = p.client.Failure(status, header, body); p.answer.Failure != "" {
		p.answer.Body = body
		return pagination.Page{}, nil
	}
	if p.way.record.Outgrown() {
		return pagination.Page{}, errOutgrown
	}
	return walk.Take(from, status, header, body)
}

// ownKey gives every page an idempotency key of its own: under one key a server answers them all alike.
func (p *pager) ownKey(req *http.Request, cursor string) {
	name := p.client.Profile().IdempotencyHeader
	key := req.Header.Get(name)
	if name == "" || key == "" || cursor == "" || p.keyed {
		return
	}
	sum := sha256.Sum256([]byte(key + "\n" + cursor))
	req.Header.Set(name, hex.EncodeToString(sum[:16]))
}

// keep keeps a page. A list of one page that may stand in the result needs no file.
func (p *pager) keep(walk *pagination.Walk, page *pagination.Page) error {
	next, most := walk.Cursor(), p.sender.MaxPages
	whole := page.Last || most > 0 && p.list.Pages+1 >= most
	if page.Last {
		next = ""
	}
	p.answer.List = &batch.List{}
	if whole && p.list.Pages == 0 && int64(len(page.Items)) <= p.way.record.Inline() {
		p.answer.Body = page.Items
		p.list.State = pages.State{Pages: 1, Items: int64(page.Count), Next: next, Whole: true, Status: p.answer.Status}
		return nil
	}
	if err := p.list.Add(rawjson.Elements(page.Items), next, whole, p.answer.Status); err != nil {
		return p.sender.unkept(err)
	}
	p.way.record.Release() // it may be long until the next one comes
	p.sender.kept(p.way)
	return nil
}

// kept notes that a page need not be asked for again: what was sent for it is settled.
func (s *Sender) kept(way *sending) {
	if way.noted && s.Lists.Kept() {
		s.settle(way)
		way.processed = false
	}
}

// finish makes the response of a whole list: its items as an array, or if that is too large for a result as
// lines for a file.
func (p *pager) finish(ctx context.Context) error {
	a, l, r := p.answer, p.list, p.way.record
	a.List.Next, a.Status = l.Next, l.Status
	if a.Body != nil {
		return nil
	}
	items, err := l.Array()
	size := l.ArraySize()
	if size > r.Inline() {
		items, err = l.Lines()
		size = max(l.Bytes, r.Inline()+1)
	}
	if err == nil {
		a.Body, err = r.Read(ctx, items, size)
	}
	if errors.Is(err, batch.ErrNotKept) {
		err = nil // the engine says so
	}
	if p.sender.Lists.Kept() {
		a.Written = func() { _ = p.list.Remove() } // what is left is swept away at the end
	}
	return err
}
