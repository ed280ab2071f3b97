package pagination

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/rawjson"
)

// A Config says where a walk begins.
type Config struct {
	Pagination *config.Pagination // nil: Link headers are followed if there are any
	First      Request
	Cursor     string                // begin there instead; what [Walk.Cursor] has said
	Owns       func(u *url.URL) bool // whether a URL may be asked for
	Secret     string                // a parameter that the client adds by itself: it is left out of links
	Bound      int                   // of pages, after which a list is taken for endless; 0 means none
}

// MostPages is a bound that lists have by default.
const MostPages = 10_000

// A Walk goes through the pages of a list, one after the other.
type Walk struct {
	plan   plan
	owns   func(*url.URL) bool
	secret string
	bound  int
	next   Request
	cursor string // where next begins
	pages  int    // that were taken
	number int64  // of the page, or the offset, that next asks for
	seen   map[[16]byte]struct{}
	last   [32]byte // of the items of the page before, for pages and offsets
}

// A Page is what was taken of a response. Its parts are those of the response's body.
type Page struct {
	Whole   []byte // without white space around it
	Items   []byte // an array
	Count   int    // of items
	NoItems error  // why there are no Items
	Last    bool   // no page follows
	Err     error  // why the next one cannot be asked for; this one is whole
}

// Begin begins a walk. It fails with a [CursorError] if it cannot begin at the cursor.
func Begin(c Config) (*Walk, error) {
	l, err := newPlan(c.Pagination)
	if err != nil {
		return nil, err
	}
	if l.style == config.PageGraphQL {
		if err := graphQLPlan(&l, c.First.Body); err != nil {
			return nil, err
		}
	}
	w := &Walk{plan: l, owns: c.Owns, secret: c.Secret, bound: c.Bound, next: c.First, seen: map[[16]byte]struct{}{}}
	if _, given := w.next.find(l.size); !given && l.size.Max > 0 {
		if sized, err := w.next.put(l.size, strconv.AppendInt(nil, int64(l.size.Max), 10)); err == nil {
			w.next = sized // or as large as the server likes
		}
	}
	w.number = l.first
	if text, given := w.next.find(l.send); given && l.counts() {
		if w.number, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, &CursorError{fmt.Sprintf("the request asks for page or offset %q, which is not a whole number", text)}
		}
	}
	if c.Cursor != "" {
		if err := w.begin(c.Cursor); err != nil {
			return nil, &CursorError{err.Error()}
		}
	}
	w.seen[w.next.key()] = struct{}{}
	return w, nil
}

// counts reports whether the next page is found by counting.
func (l *plan) counts() bool { return l.style == config.PageNumber || l.style == config.PageOffset }

// begin makes the first request one that begins at a cursor.
func (w *Walk) begin(cursor string) (err error) {
	w.cursor = cursor
	switch {
	case w.plan.style == config.PageCursor, w.plan.style == config.PageGraphQL:
		w.next, err = w.next.put(w.plan.send, rawjson.AppendQuoted(nil, cursor))
	case w.plan.counts():
		if w.number, err = strconv.ParseInt(cursor, 10, 64); err != nil || w.number < 0 {
			return fmt.Errorf("%q is neither a page number nor an offset", cursor)
		}
		w.next, err = w.next.put(w.plan.send, strconv.AppendInt(nil, w.number, 10))
	default:
		w.next.URL, err = w.link(w.next.URL, cursor)
	}
	return err
}

// Request is what to send next.
func (w *Walk) Request() Request { return w.next }

// Cursor says where [Walk.Request] begins, so that another walk can; empty at the beginning of the list.
func (w *Walk) Cursor() string { return w.cursor }

// Take takes the response to the request, which came from this URL, and goes on to the next one. It fails
// if the response is not a page of a list, or the page before once more.
func (w *Walk) Take(from *url.URL, status int, header http.Header, body []byte) (Page, error) {
	p, err := w.read(status, body)
	if err != nil {
		return Page{}, err
	}
	if err := w.repeats(&p); err != nil {
		return Page{}, err
	}
	w.pages++
	next, cursor, err := w.follow(from, header, &p)
	switch {
	case err != nil:
		p.Err = err
	case next == nil:
		p.Last = true
	default:
		p.Err = w.step(next, cursor)
	}
	return p, nil
}

// read finds a page's items. Servers have many forms of a page without any.
func (w *Walk) read(status int, body []byte) (Page, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	empty := Page{Whole: body, Items: []byte("[]")}
	switch {
	case len(body) == 0 && (status == http.StatusNoContent || w.plan.counts()):
		return empty, nil
	case len(body) == 0:
		return Page{}, notList(nil, "it is empty")
	case !utf8.Valid(body) || !rawjson.Valid(body):
		return Page{}, notList(body, "it is not JSON")
	case w.plan.style == config.PageGraphQL && failed(body):
		return Page{}, notList(body, "it tells of errors")
	case w.plan.itemsNull(body), w.pages > 0 && w.plan.counts() && w.plan.itemsMissing(body):
		return empty, nil
	}
	p := Page{Whole: body}
	if p.Items, p.NoItems = w.plan.itemsOf(body); p.NoItems == nil {
		for range rawjson.Elements(p.Items) {
			p.Count++
		}
	}
	return p, nil
}

// repeats notices that a server which is asked for pages by number gives the same one again and again.
func (w *Walk) repeats(p *Page) error {
	if !w.plan.counts() {
		return nil
	}
	what := p.Items
	if p.NoItems != nil {
		what = p.Whole
	}
	sum := sha256.Sum256(what)
	if w.pages > 0 && sum == w.last {
		return &LoopError{"this page is the same as the one before"}
	}
	w.last = sum
	return nil
}

// step goes on to a request, unless it was sent before.
func (w *Walk) step(next *Request, cursor string) error {
	key := next.key()
	if _, again := w.seen[key]; again {
		return &LoopError{"the next page is one that was there before"}
	}
	w.seen[key] = struct{}{}
	w.next, w.cursor = *next, cursor
	if w.bound > 0 && w.pages >= w.bound {
		return &EndlessError{w.bound}
	}
	return nil
}

// follow returns the request after this page; nil if there is none.
func (w *Walk) follow(from *url.URL, header http.Header, p *Page) (next *Request, cursor string, err error) {
	if w.plan.style == "" {
		if h := readLinks(header["Link"]); !h.some && !h.malformed {
			return nil, "", ErrUnknownStyle
		}
		w.plan.style = config.PageLink
	}
	switch {
	case w.plan.style == config.PageLink:
		return w.followLink(from, header, p)
	case w.plan.counts():
		return w.count(p)
	case w.plan.style == config.PageGraphQL:
		return w.followConnection(p)
	}
	return w.followCursor(p)
}

func (w *Walk) followLink(from *url.URL, header http.Header, p *Page) (*Request, string, error) {
	links := readLinks(header["Link"])
	target, found := links.next, links.found
	if w.plan.next != nil {
		token := w.plan.next.Find(p.Whole)
		if yes, _ := truth(token); !yes {
			return nil, "", nil
		}
		if target, found = scalar(token); !found {
			return nil, "", errors.New("the URL of the next page is not a string")
		}
	}
	yes, said := truth(w.plan.more.Find(p.Whole))
	switch {
	case w.plan.more != nil && said && !yes:
		return nil, "", nil
	case !found && links.malformed && w.plan.next == nil:
		return nil, "", errors.New("the Link header has a next page, but its URL cannot be parsed")
	case !found:
		return nil, "", nil
	}
	u, err := w.link(from, target)
	if err != nil {
		return nil, "", err
	}
	if p.Count == 0 && p.NoItems == nil && u.String() == w.next.URL.String() {
		return nil, "", nil // it names itself, and there is nothing in it
	}
	return &Request{Method: w.next.Method, URL: u, Body: w.next.Body}, u.String(), nil
}

// link reads the URL of a page, which may be relative.
func (w *Walk) link(from *url.URL, target string) (*url.URL, error) {
	u, err := from.Parse(config.EscapeReference(target))
	if err != nil {
		return nil, fmt.Errorf("%.200q is not a URL", target)
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	if w.secret != "" {
		u.RawQuery = withoutQuery(u.RawQuery, w.secret)
	}
	if !w.owns(u) {
		return nil, &ForeignError{u.Scheme + "://" + u.Host}
	}
	return u, nil
}

func (w *Walk) followCursor(p *Page) (*Request, string, error) {
	more, said := false, false
	if w.plan.more != nil {
		if more, said = truth(w.plan.more.Find(p.Whole)); said && !more {
			return nil, "", nil
		}
	}
	token := w.plan.next.Find(p.Whole)
	if yes, _ := truth(token); !yes {
		if more {
			return nil, "", errors.New("the response says that there are more pages, but has no cursor")
		}
		return nil, "", nil
	}
	cursor, ok := scalar(token)
	if !ok {
		return nil, "", fmt.Errorf("the cursor is neither a string nor a number: %.80s", token)
	}
	if cursor == w.cursor && p.Count == 0 && p.NoItems == nil && !more {
		return nil, "", nil // where this page began, and there is nothing in it
	}
	next, err := w.next.put(w.plan.send, bytes.Clone(token))
	return &next, cursor, err
}

// count goes to the next number or offset, until the response or an empty page says that this is the end.
func (w *Walk) count(p *Page) (*Request, string, error) {
	more, said := false, false
	if w.plan.more != nil {
		more, said = truth(w.plan.more.Find(p.Whole))
	}
	if w.plan.next != nil && !said {
		more, _ = truth(w.plan.next.Find(p.Whole))
		said = true // it is absent at the end
	}
	switch {
	case said && !more:
		return nil, "", nil
	case p.NoItems != nil && (!said || w.plan.style == config.PageOffset):
		return nil, "", p.NoItems
	case p.Count == 0 && (!said || w.plan.style == config.PageOffset):
		return nil, "", nil
	}
	by := int64(1)
	if w.plan.style == config.PageOffset {
		by = int64(p.Count)
	}
	number := strconv.FormatInt(w.number+by, 10)
	next, err := w.next.put(w.plan.send, []byte(number))
	if err == nil {
		w.number += by
	}
	return &next, number, err
}
