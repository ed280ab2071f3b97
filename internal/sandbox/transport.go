package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptrace"
)

// Transport returns a RoundTripper that serves requests with h inside the
// process, over no connection, whatever host they name. As on a real one:
//
//   - bodies are streamed, with the writer waiting for the reader; a response
//     below 4 KiB that is not flushed is handed over when h has returned
//   - the end of the request's context ends the exchange, and closing the body
//     ends the context that h sees
//   - a body that is shorter than its Content-Length ends in
//     [io.ErrUnexpectedEOF]
//   - a handler that panics with [http.ErrAbortHandler] resets the connection
//     (ECONNRESET)
//
// Of a client trace WroteHeaders, WroteRequest and GotFirstResponseByte are
// called. It waits only on channels, so it works in a testing/synctest bubble.
func Transport(h http.Handler) http.RoundTripper {
	return transport{h}
}

type transport struct {
	handler http.Handler
}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	body := &requestBody{body: req.Body}
	ctx := req.Context()
	if ctx.Err() != nil {
		_ = body.Close()
		return nil, context.Cause(ctx)
	}
	inner, cancel := context.WithCancel(ctx)
	incoming, err := received(inner, req, body)
	if err != nil {
		cancel()
		_ = body.Close()
		return nil, err
	}
	trace := httptrace.ContextClientTrace(ctx)
	traceSent(trace)
	x := newExchange(ctx, cancel, req)
	go t.serve(x, incoming)
	select {
	case <-x.answered:
	case <-ctx.Done():
	}
	if ctx.Err() != nil { // a response may be there, but of a handler that gave up because of it
		_ = body.Close()
		return nil, context.Cause(ctx)
	}
	if x.err != nil {
		return nil, x.err
	}
	if trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	return x.response, nil
}

func traceSent(trace *httptrace.ClientTrace) {
	if trace == nil {
		return
	}
	if trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	if trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
}

// serve runs the handler to its end, as net/http does on a connection.
func (t transport) serve(x *exchange, r *http.Request) {
	defer x.cancel()
	defer r.Body.Close()
	defer func() {
		switch v := recover(); v {
		case nil:
			x.finish()
		case http.ErrAbortHandler:
			x.fail(errReset())
		default:
			x.fail(fmt.Errorf("handler panicked: %v", v))
		}
	}()
	t.handler.ServeHTTP(x, r)
}
