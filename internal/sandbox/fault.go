package sandbox

import (
	"math/rand/v2"
	"net/http"
	"time"
)

// fault is one way of spoiling a response.
type fault int

// The faults, in the order of [Faults.shares].
const (
	noFault fault = iota
	errorFault
	resetFault
	bodyResetFault
	truncatedFault
	slowFault
	overloadedFault
)

// shares lists the share of each fault, in the order of their constants.
func (f Faults) shares() [6]float64 {
	return [6]float64{f.Errors, f.Resets, f.BodyResets, f.Truncated, f.Slow, f.Overloaded}
}

// pick returns the fault that lies at u, a number from 0 up to 1.
func (f Faults) pick(u float64) fault {
	for i, share := range f.shares() {
		if u < share {
			return fault(i + 1)
		}
		u -= share
	}
	return noFault
}

// statusOverloaded is what Notion and Anthropic answer when they are overloaded.
const statusOverloaded = 529

// fate is what chance holds for one admitted request.
type fate struct {
	fault  fault
	status int // of an errorFault or overloadedFault
	after  time.Duration
}

// fateOf is a pure function of the configuration and the number of the
// request. Every number has a generator of its own, so that it does not
// matter who came first.
func (c *Config) fateOf(n int64) fate {
	f := fate{after: c.Latency.Base}
	if c.Latency.Jitter == 0 && c.Faults.shares() == [6]float64{} {
		return f
	}
	dice := rand.New(rand.NewPCG(c.Seed, uint64(n)))
	f.fault = c.Faults.pick(dice.Float64())
	f.status = [...]int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable}[dice.IntN(3)]
	if f.fault == overloadedFault {
		f.status = statusOverloaded
	}
	f.after += time.Duration(dice.Float64() * float64(c.Latency.Jitter))
	return f
}
