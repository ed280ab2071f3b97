package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

// Config describes a server. The zero value admits everything.
type Config struct {
	// Limits all hold at once: a request is admitted if every one that holds
	// for it agrees.
	Limits []Limit

	// Tokens is a limit of tokens, beside the others.
	Tokens Tokens

	// Units names the API that counts more than requests, such as tokens or the cost of GraphQL, as that API does; empty
	// means none.
	Units string

	// OwnLimits is how many of Limits, the first ones, do not hold for requests whose number Units limits itself.
	OwnLimits int

	// Changes replace the limits as time goes by.
	Changes []Change

	// Rival is somebody else who uses up the same limits.
	Rival Rival

	// Base is the beginning of paths that limits do not see, such as /v1. A
	// path without it is taken as it is.
	Base string

	// Headers names the header dialects of the responses, separated by commas,
	// from [Dialects]; empty means "retry-after".
	Headers string

	// ThrottleStatus is the status of a throttle; 0 means 429.
	ThrottleStatus int

	// ThrottleBody is the body of a throttle: JSON, HTML or plain text. {wait} in
	// it stands for the seconds to wait, {name} for the name of the limit that
	// throttled. Empty means the sandbox's own JSON, and "none" no body.
	ThrottleBody string

	// Pages names the API in whose form lists are served, at paths that end in
	// /list; empty means Notion's.
	Pages string

	Faults  Faults
	Latency Latency

	// Auth is a credential that requests must carry: as a bearer token, as
	// user:password, or as the value of a header or a query parameter. Empty
	// means that none is looked for.
	Auth string

	// OAuth gives out tokens, and keeps out who has a wrong one.
	OAuth OAuth

	// Login makes it an authorization server that people log in at.
	Login Login

	// Seed decides which requests meet a fault, and the jitter of the latency.
	Seed uint64

	// ClockSkew is how far the server's clock is ahead, as Date and the times
	// in headers show it. Limits are not affected.
	ClockSkew time.Duration

	// StateFile keeps the counters, shared by all servers that name the same
	// file, in whatever process; they should have the same limits. Empty
	// means memory. A concurrency cap holds within one server only, because
	// what a dead process had in flight would stay in flight for ever. A long
	// rolling window (thousands of requests) makes the file slow.
	StateFile string

	// Log keeps the last 1000 requests for /log.
	Log bool
}

// Faults are shares of the accepted requests, from 0 to 1, together at most 1.
type Faults struct {
	Errors     float64 // answered 500, 502 or 503, without Retry-After
	Resets     float64 // connection reset before the response
	BodyResets float64 // connection reset in the middle of the body
	Truncated  float64 // body ends before its Content-Length; reset where there is no body
	Slow       float64 // body dribbles
	Overloaded float64 // answered 529, without Retry-After

	// SlowFor is how long a dribbling body takes; 0 means two seconds.
	SlowFor time.Duration
}

// Latency is how long an admitted request is worked on before its response:
// Base, and up to Jitter on top. A throttle is answered at once.
type Latency struct {
	Base, Jitter time.Duration
}

func (c Config) validate() error {
	if err := validateLimits(c.Limits); err != nil {
		return err
	}
	for i, change := range c.Changes {
		if err := change.validate(); err != nil {
			return fmt.Errorf("change %d: %w", i+1, err)
		}
	}
	if err := c.Rival.validate(); err != nil {
		return err
	}
	if c.Base != "" && (c.Base[0] != '/' || c.Base[len(c.Base)-1] == '/') {
		return fmt.Errorf("base %q: want /segments without a slash behind", c.Base)
	}
	if c.ThrottleStatus != 0 && (c.ThrottleStatus < 400 || c.ThrottleStatus > 599) {
		return fmt.Errorf("status of throttles %d: want 400 to 599", c.ThrottleStatus)
	}
	if _, known := listings(c.Pages); !known {
		return fmt.Errorf("pages like %q: not known", c.Pages)
	}
	if c.Units != "" && vendorMeter(c.Units) == nil {
		return fmt.Errorf("units like %q: not known", c.Units)
	}
	if c.Latency.Base < 0 || c.Latency.Jitter < 0 {
		return fmt.Errorf("latency %v, jitter %v: want no negative time", c.Latency.Base, c.Latency.Jitter)
	}
	if err := c.OAuth.validate(); err != nil {
		return err
	}
	if err := c.Login.validate(); err != nil {
		return err
	}
	return c.Faults.validate()
}

func validateLimits(limits []Limit) error {
	for i, l := range limits {
		if err := l.validate(); err != nil {
			return fmt.Errorf("limit %d: %w", i+1, err)
		}
	}
	return nil
}

func (f Faults) validate() error {
	sum := 0.0
	for _, share := range f.shares() {
		if !(share >= 0 && share <= 1) { // NaN fails too
			return fmt.Errorf("share of faults %v: want 0 to 1", share)
		}
		sum += share
	}
	if sum > 1+1e-9 {
		return fmt.Errorf("shares of faults add up to %v: want at most 1", sum)
	}
	if f.SlowFor < 0 {
		return fmt.Errorf("slow bodies of %v: want no negative time", f.SlowFor)
	}
	return nil
}

// meters are what counts more than requests, the first that a request is for is used.
func (c Config) meters() (list []*meter) {
	if c.Tokens.N > 0 {
		list = append(list, c.Tokens.meter())
	}
	if c.Units != "" {
		list = append(list, vendorMeter(c.Units))
	}
	return append(list, graphQLMeter())
}

func (c Config) throttleStatus() int {
	if c.ThrottleStatus == 0 {
		return http.StatusTooManyRequests
	}
	return c.ThrottleStatus
}
