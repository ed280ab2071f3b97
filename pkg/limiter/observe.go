package limiter

import (
	"time"

	"github.com/arl-cli/arl/internal/event"
	"github.com/arl-cli/arl/internal/pacing"
)

// An Event is one thing that happened to a request or to a key, as [Config.Observe] is told of it. Key is set in all of
// them but EventOutage, and the rest by Kind:
//
//	EventOpened     a key is used for the first time in this process: Params, Known
//	EventWaiting    the next request for a key has to wait: Reason, Left
//	EventAttempt    an HTTP exchange has ended: API, Tenant, Method, Path, Number (from 1), Status (0 if there was no
//	                response), Elapsed, Waited, Reason, Cache, Unit, Signal, Update, Err
//	EventOutage     the server keeps failing: API, Lasted, Left (until the next try)
//	EventLearned    something worth remembering has changed
//	EventStoreLost  the store failed, the key goes on in memory: Err
//	EventStoreBack  the store is back
type Event = event.Event

// The kinds of events.
const (
	EventOpened    = event.Opened
	EventWaiting   = event.Waiting
	EventAttempt   = event.Attempt
	EventOutage    = event.Outage
	EventLearned   = event.Learned
	EventStoreLost = event.StoreLost
	EventStoreBack = event.StoreBack
)

// Report passes an event on to [Config.Observe].
func (l *Limiter) Report(e Event) {
	if l.cfg.Observe != nil {
		l.cfg.Observe(e)
	}
}

// waiting reports that the head of a key's queue has to wait.
func (l *Limiter) waiting(key string, left time.Duration, why pacing.Reason) {
	l.Report(Event{Kind: EventWaiting, Key: key, Left: left, Reason: why})
}

// learned reports that a key has changed, if it has.
func (l *Limiter) learned(key string, u *pacing.Update) {
	if u.Material && l.cfg.Observe != nil {
		l.reportLearned(key)
	}
}

// reportLearned is apart from learned so that what every request passes does not make room for an event.
//
//go:noinline
func (l *Limiter) reportLearned(key string) { l.cfg.Observe(Event{Kind: EventLearned, Key: key}) }

// report passes an event of a transport on.
func (t *Transport) report(e Event) {
	if t.Observe != nil {
		t.Observe(e)
		return
	}
	t.Limiter.Report(e)
}

// observed reports whether anybody hears of a transport's events.
func (t *Transport) observed() bool { return t.Observe != nil || t.Limiter.cfg.Observe != nil }
