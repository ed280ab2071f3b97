package sandbox

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
)

// received is the request as a server sees it. Nothing of it is shared with
// the client but the body.
func received(ctx context.Context, req *http.Request, body io.ReadCloser) (*http.Request, error) {
	if req.URL == nil {
		return nil, errors.New("request without URL")
	}
	uri := req.URL.RequestURI()
	u, err := url.ParseRequestURI(uri)
	if err != nil {
		return nil, err
	}
	r := (&http.Request{
		Method:        cmp.Or(req.Method, http.MethodGet),
		URL:           u,
		RequestURI:    uri,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        req.Header.Clone(),
		Host:          cmp.Or(req.Host, req.URL.Host),
		Body:          body,
		ContentLength: req.ContentLength,
		RemoteAddr:    "127.0.0.1:0",
	}).WithContext(ctx)
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	announce(r, req.Body != nil && req.Body != http.NoBody)
	return r, nil
}

// announce puts the length of the body as a server reads it from the wire.
func announce(r *http.Request, body bool) {
	switch {
	case !body:
		r.Body, r.ContentLength = http.NoBody, 0
	case r.ContentLength == 0: // a client's way of saying unknown
		r.ContentLength = -1
	case r.ContentLength > 0:
		r.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
}

// requestBody lets both the handler's end and the client's context close the
// body, which is closed once.
type requestBody struct {
	body  io.ReadCloser // nil: none
	close sync.Once
}

func (b *requestBody) Read(p []byte) (int, error) { return b.body.Read(p) }

func (b *requestBody) Close() error {
	var err error
	b.close.Do(func() {
		if b.body != nil {
			err = b.body.Close()
		}
	})
	return err
}
