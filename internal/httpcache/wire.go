package httpcache

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// Wire wraps what carries single attempts: responses are stored there as they come, each by itself, below whatever
// retries and receives them.
func Wire(base http.RoundTripper) http.RoundTripper { return &wire{base} }

type wire struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	x, _ := req.Context().Value(exchangeKey{}).(*exchange)
	if x == nil {
		return w.base.RoundTrip(req)
	}
	asked := time.Now()
	resp, err := w.base.RoundTrip(req)
	if err == nil {
		x.received(resp, asked, time.Now())
	}
	return resp, err
}

// NotModified reports whether a response only says that what is stored holds: it is not one to hand on.
func NotModified(resp *http.Response) bool {
	x, _ := resp.Request.Context().Value(exchangeKey{}).(*exchange)
	return x != nil && x.stored != nil && resp.StatusCode == http.StatusNotModified
}

// received stores a response, now or as its body comes.
func (x *exchange) received(resp *http.Response, asked, at time.Time) {
	switch {
	case x.stored != nil && resp.StatusCode == http.StatusNotModified:
		if x.about(resp) {
			x.refresh(resp, asked, at)
		}
	case x.stored != nil && x.req.Method == http.MethodHead && x.sameBody(resp):
		x.refresh(resp, asked, at)
	default:
		x.record(resp, Stored{
			Status: resp.StatusCode, Header: storedHeader(resp), Asked: asked, Received: at,
			HeadOnly: x.req.Method == http.MethodHead,
		})
	}
}

// sameBody reports whether a response to HEAD tells of the body that is stored (RFC 9111, section 4.3.5).
func (x *exchange) sameBody(resp *http.Response) bool {
	for _, name := range []string{"Etag", "Last-Modified", "Content-Length"} {
		if v := resp.Header.Get(name); v != "" && v != x.stored.Header.Get(name) {
			return false
		}
	}
	return resp.StatusCode == x.stored.Status
}

// refresh stores what a 304 has said of the stored response.
func (x *exchange) refresh(resp *http.Response, asked, at time.Time) {
	m := x.stored.meta
	m.Stored = Update(m.Stored, resp, asked, at)
	if parseDirectives(m.Header).has("no-store") {
		return
	}
	x.keep(&m, x.stored.inline)
	x.stored.Stored = m.Stored
}

// keep stores a response in the place of an older one.
func (x *exchange) keep(m *meta, inline []byte) {
	if err := x.t.Cache.keep(x.names, x.header, m, inline, x.old); err != nil {
		x.t.Cache.failing(err)
		return
	}
	x.old = nil
}

// record stores a response once its body has come to its end.
func (x *exchange) record(resp *http.Response, s Stored) {
	if !Storable(x.req.Method, x.header, &s) {
		if x.old != nil && outdates(s.Status) {
			x.t.Cache.drop(x.old)
			x.old = nil
		}
		return
	}
	m := &meta{Stored: s}
	d := newDraft(x.t.Cache, x.names)
	if resp.Body == http.NoBody || resp.ContentLength == 0 || m.HeadOnly {
		x.commit(d, m)
		return
	}
	resp.Body = &recording{ReadCloser: resp.Body, x: x, draft: d, meta: m, length: resp.ContentLength}
}

func (x *exchange) commit(d *draft, m *meta) {
	inline, err := d.finish(m)
	if err != nil {
		x.t.Cache.failing(err)
		return
	}
	if x.old != nil && x.old.SHA256 == m.SHA256 && x.old.HeadOnly == m.HeadOnly {
		x.report.same++
	}
	x.keep(m, inline)
}

// outdates reports whether a response that is not stored says that what is stored holds no longer. A throttle, an error
// of the server or one of the credential does not.
func outdates(status int) bool {
	return status < http.StatusBadRequest || status == http.StatusNotFound || status == http.StatusGone
}

// A recording is a body that is stored as it is read.
type recording struct {
	io.ReadCloser

	x      *exchange
	draft  *draft
	meta   *meta
	length int64 // -1 if it is not known
	ended  bool
}

// Read implements io.Reader.
func (r *recording) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if r.ended {
		return n, err
	}
	r.draft.write(p[:n])
	switch {
	case err == io.EOF && (r.length < 0 || r.draft.size == r.length), err == nil && r.draft.size == r.length:
		r.ended = true
		r.x.commit(r.draft, r.meta)
	case err != nil:
		r.ended = true
		r.draft.discard()
	}
	return n, err
}

// Close implements io.Closer. A body that was not read to its end is not stored.
func (r *recording) Close() error {
	if !r.ended {
		r.ended = true
		r.draft.discard()
	}
	return r.ReadCloser.Close()
}

func ageField(age time.Duration) string {
	return strconv.FormatInt(int64(max(age, 0)/time.Second), 10)
}
