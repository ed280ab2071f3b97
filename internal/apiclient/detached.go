package apiclient

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// roundTrip sends a request and reads the response, whatever becomes of the request's context meanwhile. It reports
// whether the server may have received something.
func roundTrip(base http.RoundTripper, req *http.Request, timeout time.Duration) (resp *http.Response, sent bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(req.Context()), timeout)
	defer cancel()
	connected := make(chan struct{}, 1)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		select {
		case connected <- struct{}{}:
		default:
		}
	}})
	if resp, err = base.RoundTrip(req.WithContext(ctx)); err != nil {
		return nil, len(connected) > 0, err
	}
	if err := buffer(resp); err != nil {
		return nil, true, err
	}
	return resp, true, nil
}

// maxBuffered is more than any response with a token takes.
const maxBuffered = 1 << 20

// buffer reads the body of a response now.
func buffer(resp *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBuffered))
	resp.Body.Close()
	if err != nil {
		return fmt.Errorf("read the token: %w", err)
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return nil
}
