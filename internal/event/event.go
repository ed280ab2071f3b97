// Package event defines the events of requests and keys: queued, sent, throttled, retried, learned. A limiter, its
// transports and a session report them as one stream; --explain, --log-json, messages about waits, the progress line,
// counters and the file of learned rates consume it.
package event

import (
	"time"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
)

// A Kind says what happened, and with it which fields of an [Event] are set.
type Kind int

// The kinds of events, in the order in which a key and its requests meet them.
const (
	Opened    Kind = iota + 1 // a key is used for the first time in this process: Params, Known
	Waiting                   // the request at the head of a key's queue has to wait: Reason, Left; each time it asks
	Attempt                   // an HTTP exchange has ended, or a cache has answered: Method to Err
	Outage                    // a server keeps failing: API, Lasted, Left until the next try
	Learned                   // something worth remembering of a key has changed
	StoreLost                 // the store failed, the key goes on in memory with this process's share: Err
	StoreBack                 // the store is back, and the key with it
	Shared                    // which keys other processes use too, every two seconds: Others
)

// An Event is one thing that happened.
type Event struct {
	Kind Kind

	API    string // the profile, or the host
	Tenant string // a short hash of the credential
	Key    string

	Method, Path string
	Number       int           // of the attempt, from 1; 0 if a cache has answered
	Status       int           // 0 if there was no response
	Elapsed      time.Duration // from sending to the response's header, or with Transport.Receive to its end
	Waited       time.Duration // for the limiter, before sending
	Reason       pacing.Reason // what was waited for, or is
	Cache        string        // where the response came from, if a cache was asked: see Plan
	Unit         string        // that a throttle is charged to; empty for requests
	Signal       headers.Signal
	Update       pacing.Update // what was learned from it
	Err          error

	Left   time.Duration // to wait
	Lasted time.Duration // the outage, so far

	IsShared bool // the key is that of a SharedLimit
	Params   *pacing.Params
	Known    *pacing.Learned
	Others   map[string]int // by key, how many other processes
}

// Throttled reports whether a response was a throttle.
func (e *Event) Throttled() bool { return e.Kind == Attempt && e.Signal.Kind == pacing.Throttled }
