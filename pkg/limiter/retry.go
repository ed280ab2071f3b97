package limiter

import (
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/httpcheck"
)

// Retry says how often a request is retried. The zero value means the defaults; a negative number
// means never.
type Retry struct {
	MaxBackoff int // retries after throttles; 0 means 20
	Max        int // retries after other failures; 0 means 3
	// MaxTime is how long after the first attempt the last retry may begin; 0 means without bound. A response that is
	// complete by then is never thrown away for it.
	MaxTime time.Duration
	// Jitter returns a number in [0, 1); nil means math/rand/v2.
	Jitter func() float64
}

// Waits between retries after a failure: exponential with full jitter, as in "Exponential Backoff
// And Jitter", AWS Architecture Blog, 2015.
const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 30 * time.Second
)

// attemptCounts counts what has happened to one request so far.
type attemptCounts struct {
	throttles, failures, stale, starved int
	starvedFor                          time.Duration
}

// Safe reports whether a request may be retried although it may have been processed: its method is
// idempotent (RFC 9110, section 9.2.2), or it carries an idempotency key.
func Safe(req *http.Request) bool {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return httpcheck.IsKey(req.Header.Get("Idempotency-Key")) || httpcheck.IsKey(req.Header.Get("X-Idempotency-Key"))
}

// decide reports whether to retry, and after how long a wait of its own; the limiter's come on top.
// processed says whether the server may have done what was asked.
func (r Retry) decide(t *attemptCounts, s headers.Signal, processed, safe bool) (again bool, after time.Duration) {
	switch {
	case s.Final || s.Kind == Accepted:
		return false, 0
	case s.Kind == Throttled:
		t.throttles++
		return t.throttles <= orDefault(r.MaxBackoff, 20), 0
	case processed && !safe:
		return false, 0
	}
	t.failures++
	if t.failures > orDefault(r.Max, 3) {
		return false, 0
	}
	if s.Kind == Overloaded {
		return true, 0 // the key's pause is the wait
	}
	return true, r.backoff(t.failures)
}

func (r Retry) backoff(failures int) time.Duration {
	jitter := r.Jitter
	if jitter == nil {
		jitter = rand.Float64
	}
	ceiling := min(firstBackoff<<min(failures-1, 10), maxBackoff)
	return time.Duration(jitter() * float64(ceiling))
}

func orDefault(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return max(n, 0)
}

// hopeless reports whether a failure will not go away by trying again: a name that does not exist,
// a certificate that does not fit, a request that cannot be sent.
func hopeless(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.IsNotFound
	}
	_, cert := errors.AsType[*tls.CertificateVerificationError](err)
	_, unsendable := errors.AsType[*httpcheck.UnsendableError](err)
	return cert || unsendable
}
