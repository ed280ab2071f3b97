package limiter

import (
	"errors"
	"time"
)

// starvedPatience is how long a request of a batch waits for this machine to have room for a connection.
const starvedPatience = 5 * time.Minute

// Starved reports whether an attempt failed because this machine has no file descriptor, port or memory left for a
// connection. That passes, and says nothing of the server.
func Starved(err error) bool {
	for _, errno := range starved() {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// unsent reports whether an attempt ended on this machine, for a reason that lies on this machine.
func (a *attempt) unsent() bool {
	if a.err == nil || a.wire.written() > 0 {
		return false
	}
	_, unsendable := errors.AsType[*UnsendableError](a.err)
	return unsendable || Starved(a.err)
}

// withdraw gives back what an attempt that was not sent has taken: it was none.
func (a *attempt) withdraw() {
	a.grant.Cancel()
	a.x.report.Attempts--
}

// decideUnsent decides on an attempt that was not sent. It is no failure of the server, so the circuit does not hear
// of it. In a batch the machine is waited for rather than records used up.
func (rt *roundTrip) decideUnsent(a *attempt) (again bool, after time.Duration) {
	rt.abandon(a)
	if !Starved(a.err) || rt.req.Context().Err() != nil {
		return false, 0
	}
	t, retry := &rt.counts, rt.retry()
	t.starved++
	after = retry.backoff(t.starved)
	t.starvedFor += after
	if rt.plan.Circuit == nil {
		return t.starved <= orDefault(retry.Max, 3), after
	}
	return t.starvedFor <= starvedPatience, after
}
