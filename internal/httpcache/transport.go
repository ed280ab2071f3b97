package httpcache

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// A Transport answers requests from a cache, as far as the policy lets it, and sends the others on. It is safe for use
// by many goroutines.
type Transport struct {
	Cache  *Cache
	Policy Policy
	// Send sends a request; what it writes to in the end has to be wrapped by Wire.
	Send func(*http.Request) (*http.Response, error)
	// Receive, if set, is applied to responses from the cache, as Send does it by itself to those of a server.
	Receive func(*http.Response) error
}

// An Outcome is where a response came from.
type Outcome string

// The outcomes.
const (
	Miss        Outcome = "miss"        // the server sent it
	Fresh       Outcome = "fresh"       // it was stored; nothing was sent
	Revalidated Outcome = "revalidated" // it was stored, and the server said that it still holds
)

// A Report tells where the response to a request came from; see [WithReport]. Of several, as those to redirects and to
// pages of a list, it has the outcome that cost most.
type Report struct {
	Outcome Outcome   // empty: not a matter of the cache
	Since   time.Time // when what was stored came, or was last found to hold before

	misses, same int // responses that the server sent as a whole, and those of them that are what was stored
}

// Unchanged reports whether the server has nothing that was not stored before: it says so, was not asked, or has sent
// the same body again.
func (r *Report) Unchanged() bool { return r.Outcome != "" && r.misses == r.same }

// add notes what came of one request.
func (r *Report) add(o Outcome, since time.Time) {
	if o == Miss || r.Outcome == "" || r.Outcome == Fresh {
		r.Outcome = o
	}
	if o != Miss && (r.Since.IsZero() || since.Before(r.Since)) {
		r.Since = since
	}
}

type reportKey struct{}

// WithReport makes a Transport fill in r for the requests of ctx. r must not be read before the request has ended.
func WithReport(ctx context.Context, r *Report) context.Context {
	return context.WithValue(ctx, reportKey{}, r)
}

// Concerns reports whether a request is a matter of the cache. One that is not may be sent without it.
func (t *Transport) Concerns(req *http.Request) bool {
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return t.Policy.On
	}
	return !safe(req.Method)
}

// Do answers req, or sends it on. fresh says that nothing was sent.
func (t *Transport) Do(req *http.Request, key Key) (resp *http.Response, fresh bool, err error) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		resp, err = t.unsafe(req, key)
		return resp, false, err
	}
	if !t.Policy.On || conditional(key.Header) || req.Body != nil && req.Body != http.NoBody {
		resp, err = t.Send(req)
		return resp, false, err
	}
	x := &exchange{t: t, req: req, header: key.Header, names: key.names()}
	if x.report, _ = req.Context().Value(reportKey{}).(*Report); x.report == nil {
		x.report = &Report{}
	}
	resp, err = x.run()
	return resp, x.fresh, err
}

// conditional reports whether a request has conditions of its own, or is for a part: whoever sent it has a cache too.
func conditional(h http.Header) bool {
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range"} {
		if _, ok := h[name]; ok {
			return true
		}
	}
	return false
}

// unsafe sends a request that may change something, and forgets what it may have changed (RFC 9111, section 4.4).
func (t *Transport) unsafe(req *http.Request, key Key) (*http.Response, error) {
	resp, err := t.Send(req)
	if err != nil || resp.StatusCode >= http.StatusBadRequest || safe(req.Method) {
		return resp, err
	}
	t.Cache.remove(key.names())
	for _, name := range []string{"Location", "Content-Location"} {
		if u, err := key.URL.Parse(resp.Header.Get(name)); err == nil && resp.Header.Get(name) != "" &&
			strings.EqualFold(u.Scheme, key.URL.Scheme) && strings.EqualFold(u.Host, key.URL.Host) {
			t.Cache.remove(Key{URL: u}.names())
		}
	}
	return resp, nil
}

func safe(method string) bool { return method == http.MethodOptions || method == http.MethodTrace }

// An exchange is one request on its way through the cache.
type exchange struct {
	t      *Transport
	req    *http.Request
	header http.Header // of the request as it is sent
	names  names
	report *Report
	stored *entry // that the server is asked about; nil if nothing is
	since  time.Time
	fresh  bool
	old    *entry // that a new response takes the place of; nil if nothing is stored
}

type exchangeKey struct{}

// Asked says what becomes of a request that is being sent, if the server has nothing new: Revalidated if it asks about
// a stored response, else Miss. It is empty for one that is not a matter of the cache.
func Asked(req *http.Request) Outcome {
	x, _ := req.Context().Value(exchangeKey{}).(*exchange)
	switch {
	case x == nil:
		return ""
	case x.stored != nil:
		return Revalidated
	}
	return Miss
}

func (x *exchange) run() (*http.Response, error) {
	e := x.t.Cache.find(x.names, x.header)
	x.old = e
	use := useNot
	if e != nil {
		use = x.t.Policy.use(&e.Stored, x.req.Method, x.header, time.Now())
	}
	switch use {
	case useAtOnce:
		return x.answer(e, Fresh)
	case useNot:
		e.close()
		if parseDirectives(x.header).has("only-if-cached") {
			return notStored(x.req), nil
		}
	case useAfter:
		x.stored, x.since = e, e.Received
	}
	resp, err := x.send()
	if err == nil && x.stored != nil && resp.StatusCode == http.StatusNotModified && !x.about(resp) {
		return x.again(resp)
	}
	return x.ended(resp, err)
}

// notStored is the response to a request that must not be sent (section 5.2.1.7).
func notStored(req *http.Request) *http.Response {
	return &http.Response{
		Status: "504 Gateway Timeout", StatusCode: http.StatusGatewayTimeout, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody, Request: req,
	}
}

// send sends the request, with what the server needs to say whether the stored response still holds.
func (x *exchange) send() (*http.Response, error) {
	req := x.req.WithContext(context.WithValue(x.req.Context(), exchangeKey{}, x))
	if x.stored != nil {
		if req.Header = req.Header.Clone(); req.Header == nil {
			req.Header = make(http.Header)
		}
		if tag := x.stored.Header.Get("Etag"); tag != "" {
			req.Header.Set("If-None-Match", tag)
		}
		if at := x.stored.Header.Get("Last-Modified"); at != "" {
			req.Header.Set("If-Modified-Since", at)
		}
	}
	return x.t.Send(req)
}

// about reports whether a 304 is about what is stored: one that names another ETag is not (section 4.3.4).
func (x *exchange) about(notModified *http.Response) bool {
	tag := notModified.Header.Get("Etag")
	stored := x.stored.Header.Get("Etag")
	return tag == "" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(stored, "W/")
}

// again asks for the response as if nothing were stored.
func (x *exchange) again(resp *http.Response) (*http.Response, error) {
	resp.Body.Close()
	x.stored.close()
	x.stored = nil
	return x.ended(x.send())
}

func (x *exchange) ended(resp *http.Response, err error) (*http.Response, error) {
	if err == nil && x.stored != nil && resp.StatusCode == http.StatusNotModified {
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return x.answer(x.stored, Revalidated)
	}
	x.stored.close()
	x.report.add(Miss, time.Time{})
	if err == nil && !redirects(resp.StatusCode) {
		x.report.misses++
	}
	return resp, err
}

// redirects reports whether a response only says where the one is that was asked for.
func redirects(status int) bool {
	return status >= http.StatusMultipleChoices && status < http.StatusBadRequest
}

// answer makes what is stored the response.
func (x *exchange) answer(e *entry, outcome Outcome) (*http.Response, error) {
	if x.fresh = outcome == Fresh; x.fresh {
		x.since = e.Received
	}
	x.report.add(outcome, x.since)
	resp := e.response(x.req)
	if x.fresh {
		resp.Header.Set("Age", ageField(e.age(time.Now())))
	}
	if x.t.Receive == nil {
		return resp, nil
	}
	if err := x.t.Receive(resp); err != nil {
		resp.Body.Close()
		return nil, err
	}
	return resp, nil
}
