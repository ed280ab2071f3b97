package limiter

import (
	"errors"
	"time"

	"github.com/arl-cli/arl/internal/httpcheck"
)

// starvedPatience is how long a request of a batch waits for this machine to have room for a connection.
const starvedPatience = 5 * time.Minute

// unsent reports whether an attempt ended on this machine, for a reason that lies on this machine.
func (a *attempt) unsent() bool {
	if a.err == nil || a.wire.written() > 0 {
		return false
	}
	_, unsendable := errors.AsType[*httpcheck.UnsendableError](a.err)
	return unsendable || httpcheck.Starved(a.err)
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
	if !httpcheck.Starved(a.err) || rt.req.Context().Err() != nil {
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
