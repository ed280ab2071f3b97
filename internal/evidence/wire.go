package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"sync"
	"time"
)

// An exchange is a line for one response as it came from the wire: a page of a list, a redirect, the response to a
// single request.
type exchange struct {
	Exchange string `json:"exchange"` // the method
	URL      string `json:"url"`      // without secrets
	Body     string `json:"request_body_sha256,omitempty"`
	Status   int    `json:"status"`
	At       string `json:"at"` // when the response was complete
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"response_sha256"`
	Partial  bool   `json:"partial,omitempty"` // it broke off, or was not read to its end
}

// Wire notes every response that comes through base. redact hides secrets in URLs.
func (w *Writer) Wire(base http.RoundTripper, redact func(string) string) http.RoundTripper {
	return &wire{base, w, redact}
}

type wire struct {
	base     http.RoundTripper
	manifest *Writer
	redact   func(string) string
}

// RoundTrip implements http.RoundTripper.
func (t *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err == nil {
		resp.Body = t.manifest.Body(resp, t.redact)
	}
	return resp, err
}

// Body is the body of a response, which is noted when it has been read.
func (w *Writer) Body(resp *http.Response, redact func(string) string) io.ReadCloser {
	req := resp.Request
	return &body{ReadCloser: resp.Body, sum: sha256.New(), manifest: w, length: resp.ContentLength, line: exchange{
		Exchange: req.Method, URL: redact(req.URL.String()), Body: bodyHash(req), Status: resp.StatusCode,
	}}
}

// bodyHash is the hash of a request's body, where it can be read twice.
func bodyHash(req *http.Request) string {
	if req.GetBody == nil {
		return ""
	}
	r, err := req.GetBody()
	if err != nil {
		return ""
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// body hashes a response as it is read.
type body struct {
	io.ReadCloser
	sum      hash.Hash
	manifest *Writer
	line     exchange
	length   int64 // that was announced; -1 if none was
	once     sync.Once
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.sum.Write(p[:n])
	b.line.Bytes += int64(n)
	if err != nil {
		b.end(!errors.Is(err, io.EOF))
	}
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.end(b.line.Bytes != b.length)
	return b.ReadCloser.Close()
}

// end writes the line, once.
func (b *body) end(partial bool) {
	b.once.Do(func() {
		b.line.At, b.line.Partial = stamp(time.Now()), partial
		b.line.SHA256 = hex.EncodeToString(b.sum.Sum(nil))
		b.manifest.object(b.line)
	})
}
