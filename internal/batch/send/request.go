package send

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/pkg/limiter"
)

// requestOf makes the request of a record.
func requestOf(ctx context.Context, c *apiclient.Client, r *batch.Request, run string) (*http.Request, error) {
	req, err := c.NewRequest(ctx, r.Method, r.Path, r.Body)
	if err != nil {
		return nil, err
	}
	if r.Header != nil {
		req.Header = r.Header
	}
	if name := c.Profile().IdempotencyHeader; name != "" && !limiter.Safe(req) && req.Header.Get(name) == "" {
		req.Header.Set(name, idempotencyKey(run, r))
	}
	req.URL.RawQuery = fetch.JoinQuery(req.URL.RawQuery, r.Query.Encode())
	return req, nil
}

// idempotencyKey is the same for every attempt of a record in a run, and another one for every other
// record and in every other run. Where nobody counts occurrences, the line does it.
func idempotencyKey(run string, r *batch.Request) string {
	text := fmt.Appendf(nil, "arl idempotency key\n%s\n%x\n%d", run, r.PairKey(), r.Occurrence)
	if r.Occurrence == 0 {
		text = fmt.Appendf(text, "\n%s\n%d", r.Input, r.Line)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// send sends a request and returns its response, and where that came from.
func send(c *apiclient.Client, req *http.Request) (int, http.Header, []byte, *url.URL, error) {
	resp, err := c.Do(req)
	if err != nil {
		return 0, nil, nil, nil, err
	}
	defer resp.Body.Close()
	if resp.Uncompressed { // the result has another body than these tell of
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
	}
	if b, ok := resp.Body.(*fetch.Received); ok {
		return resp.StatusCode, resp.Header, b.Take(), resp.Request.URL, nil
	}
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, b, resp.Request.URL, err
}

// receiveInto sends a request, makes its response the response, and returns where it came from.
func receiveInto(c *apiclient.Client, req *http.Request, a *batch.Answer) (from *url.URL, err error) {
	a.Status, a.Header, a.Body, from, err = send(c, req)
	return from, err
}
