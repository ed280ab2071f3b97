package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/send"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
)

// problem is the body of a response that is the proxy's own.
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

// fail answers a request to which the API has given no response.
func (p *Proxy) fail(w http.ResponseWriter, r *http.Request, err error) {
	way := passageOf(r.Context())
	status, kind := p.kindOf(r.Context(), err)
	p.metrics.answered(status, &way.report, time.Since(way.start))
	message := err.Error()
	if kind == "client" {
		w.Header().Set("Connection", "close") // where the body ends is not known
		message = "the request's body broke off"
		if status == http.StatusRequestTimeout {
			message = fmt.Sprintf("the request's body came too slowly: a client may pause for %v within it, and has to send %d bytes per second in the long run", bodyPatience, minBodyRate)
		}
	}
	if wait, ok := errors.AsType[*limiter.WaitError](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Remaining.Seconds())))))
	}
	if kind == "stopping" {
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Connection", "close")
		message = "the proxy is being stopped; nothing was sent"
	}
	if way.report.Unknown {
		message += "; the request may have been processed, and was not repeated"
	}
	say(w, status, kind, p.client.RedactFor(r, message))
}

// kindOf says what kind of failure an error is, in the words of a batch's results.
func (p *Proxy) kindOf(ctx context.Context, err error) (status int, kind string) {
	way := passageOf(ctx)
	broken, draining := way.body.failure(), p.drain.Err() != nil
	switch _, waited := errors.AsType[*limiter.WaitError](err); {
	case waited: // it was not processed: 429 as from an API, so that clients obey Retry-After
		return http.StatusTooManyRequests, "throttled"
	case broken != nil && draining && way.report.Attempts == 0:
		return http.StatusServiceUnavailable, "stopping"
	case errors.Is(broken, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout, "client"
	case ctx.Err() != nil:
		return 499, "cancelled" // by the client, which reads no response
	case broken != nil:
		return http.StatusBadRequest, "client"
	case errors.Is(err, context.Canceled) && draining:
		return http.StatusServiceUnavailable, "stopping"
	}
	if _, rejected := errors.AsType[*config.ReadOnlyError](err); rejected {
		return http.StatusForbidden, string(batch.KindInput)
	}
	switch failed := send.KindOf(err); failed {
	case batch.KindTimeout:
		return http.StatusGatewayTimeout, string(failed)
	default:
		return http.StatusBadGateway, string(failed)
	}
}
