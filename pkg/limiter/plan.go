package limiter

import (
	"net/http"
	"time"

	"github.com/arl-cli/arl/internal/headers"
)

// A Plan says how one request is sent: which limits it is subject to, and what its responses mean. The zero value of
// every field but Key works; with a [Transport], an empty Key means the request's host. [Limiter.Acquire], which sees no
// response, uses the first group of fields only.
type Plan struct {
	Key      string        // requests with the same key share one learned rate
	Params   *Params       // how the key is paced; nil means the defaults. The first request for a key decides
	Cost     int           // how many requests it counts as; 0 means 1
	MaxWait  time.Duration // how long it may wait; 0 means what the Transport says, or without bound
	Shared   *SharedLimit  // a limit over several keys; nil means none. The first request for a key decides
	Units    []Unit        // what it takes of limits that count something other than requests
	Priority int           // PriorityLow to PriorityHigh; PriorityNormal means that of the context, or of the Limiter
	Share    float64       // the part of the key's limits that this process may use; 0 means all. The first request for a key decides

	API    string // of its events
	Tenant string // of its events: the credential's short hash
	Cache  string // of its events: whether the request asks about a stored response

	Backoff      []int  // statuses that are throttles; nil means 429
	ThrottleWhen []Rule // throttles with another status
	NeverRetry   []Rule // throttles that no waiting ends, such as a quota that is used up
	Free         []Rule // responses that do not count against the limit

	UnitRules []headers.Unit // how responses name each of Units; nil means by its name
	// Measure finds out from an accepted response, when it is complete, what the request took: it sets Actual and, if the
	// response says it, Remaining, Limit and Refill of the units, which are a copy of Units. nil means that the request
	// took what was estimated. Of a very long body the middle is missing.
	Measure func(resp *http.Response, body []byte, units []Unit)

	Idempotent bool     // it may be retried, whatever its method
	MaxBackoff int      // retries after throttles; 0 means what Transport.Retry says
	Circuit    *Circuit // shared by the requests to one server; nil means that no outage is waited for
}

// A Unit is what a request takes of a limit that counts something other than requests, such as tokens. Such a limit has a
// key of its own, the request's followed by a space and the unit's name, whose rate is in units per second.
type Unit struct {
	Name     string
	Key      string  // "" means that of the request, a space and Name
	Params   *Params // of the unit's key; nil means the defaults, in proportion to Estimate
	Estimate int64   // what the request is thought to take; 0 means what requests take on average
	Exact    bool    // Estimate is what it takes: it is not corrected by what earlier requests took

	// Set by [Plan.Measure]; negative means that the response does not say it.
	Actual    float64 // what the request took
	Remaining float64 // what is left of the unit's limit
	Limit     float64 // the whole limit
	Refill    float64 // what is added to Remaining in each second; 0 or less means that all is, when the limit is reset
}

// key is the key of a unit of a request.
func (u *Unit) key(of string) string {
	if u.Key != "" {
		return u.Key
	}
	return of + " " + u.Name
}

// unitRules are how responses speak of the units: by their names, unless the plan says more.
func (p *Plan) unitRules() []headers.Unit {
	if len(p.Units) == 0 || p.UnitRules != nil {
		return p.UnitRules
	}
	rules := make([]headers.Unit, len(p.Units))
	for i := range p.Units {
		rules[i].Name = p.Units[i].Name
	}
	return rules
}
