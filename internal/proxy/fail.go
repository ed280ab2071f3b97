package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/pkg/limiter"
)

// problem is the body of an answer that is the proxy's own.
type problem struct {
	Error struct {
		Source  string `json:"source"`
		Kind    string `json:"kind"`
		Message string `json:"message"`
	} `json:"error"`
}

// say answers a request itself.
func say(w http.ResponseWriter, status int, kind, message string) {
	var p problem
	p.Error.Source, p.Error.Kind, p.Error.Message = "arl proxy", kind, message
	text, err := json.Marshal(p)
	if err != nil {
		text = []byte(`{}`) // cannot be: they are texts
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // or nobody reads it
}

// fail answers a request to which the API has given no answer.
func (p *Proxy) fail(w http.ResponseWriter, r *http.Request, err error) {
	way := passageOf(r.Context())
	status, kind := p.kindOf(r.Context(), err)
	p.metrics.answered(status, &way.report, time.Since(way.start))
	message := err.Error()
	if wait, ok := errors.AsType[*limiter.WaitError](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Left.Seconds())))))
	}
	if kind == "stopping" {
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Connection", "close")
		message = "the proxy is being stopped; nothing was sent"
	}
	if way.report.Unknown {
		message += "; the request may have been processed, and was not repeated"
	}
	say(w, status, kind, message)
}

// kindOf says what kind of failure an error is, in the words of a batch's results.
func (p *Proxy) kindOf(ctx context.Context, err error) (status int, kind string) {
	switch _, waited := errors.AsType[*limiter.WaitError](err); {
	case waited:
		return http.StatusServiceUnavailable, "throttled"
	case ctx.Err() != nil:
		return 499, "cancelled" // by the client, which reads no answer
	case errors.Is(err, context.Canceled) && p.drain.Err() != nil:
		return http.StatusServiceUnavailable, "stopping"
	}
	switch failed := fetch.KindOf(err); failed {
	case batch.KindTimeout:
		return http.StatusGatewayTimeout, string(failed)
	default:
		return http.StatusBadGateway, string(failed)
	}
}
