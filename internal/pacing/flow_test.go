package pacing

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// A budgetTeller is a server that admits requests at instants, and says what remains and when that is reset.
type budgetTeller interface {
	admit(at float64) (ok bool, left int64, reset float64)
}

type tellingBucket struct {
	rate, holds float64
	tokens, at  float64
	until       func(missing float64) float64
}

func (b *tellingBucket) admit(at float64) (bool, int64, float64) {
	b.tokens = min(b.holds, b.tokens+(at-b.at)*b.rate)
	b.at = at
	ok := b.tokens >= 1
	if ok {
		b.tokens--
	}
	return ok, int64(b.tokens), b.until(b.holds - b.tokens)
}

type tellingWindow struct {
	quota       int64
	length      float64
	phase       float64
	used, index int64
}

func (w *tellingWindow) admit(at float64) (bool, int64, float64) {
	if i := int64((at + w.phase) / w.length); i != w.index {
		w.index, w.used = i, 0
	}
	ok := w.used < w.quota
	if ok {
		w.used++
	}
	return ok, w.quota - w.used, w.length - math.Mod(at+w.phase, w.length)
}

type tellingLog struct {
	quota  int64
	length float64
	sent   []float64
}

func (l *tellingLog) admit(at float64) (bool, int64, float64) {
	for len(l.sent) > 0 && l.sent[0] <= at-l.length {
		l.sent = l.sent[1:]
	}
	ok := int64(len(l.sent)) < l.quota
	if ok {
		l.sent = append(l.sent, at)
	}
	reset := l.length
	if len(l.sent) > 0 {
		reset = l.sent[0] + l.length - at
	}
	return ok, l.quota - int64(len(l.sent)), reset
}

// Whatever "remaining" means, it is found out, and the limit is used without a throttle.
func TestFlow(t *testing.T) {
	t.Parallel()
	ceil := func(s float64) (time.Duration, bool) { return time.Duration(math.Ceil(s)) * time.Second, false }
	floor := func(s float64) (time.Duration, bool) { return time.Duration(math.Floor(s)) * time.Second, false }
	exact := func(s float64) (time.Duration, bool) { return time.Duration(s * 1e9), true }
	full := func(rate float64) func(float64) float64 {
		return func(missing float64) float64 { return missing / rate }
	}
	one := func(float64) float64 { return 1 }
	tests := []struct {
		name    string
		server  budgetTeller
		limit   int64
		round   func(float64) (time.Duration, bool)
		rate    float64 // that the server allows in the long run
		refills bool
		most    int     // throttled
		least   float64 // share of the limit in the last 10 s
	}{
		{"bucket, reset until full", &tellingBucket{rate: 40, holds: 25, tokens: 25, until: full(40)}, 25, ceil, 40, true, 1, 0.9},
		{"bucket, reset always 1", &tellingBucket{rate: 20, holds: 10, tokens: 10, until: one}, 10, ceil, 20, true, 1, 0.9},
		{"bucket, exact", &tellingBucket{rate: 100, holds: 40, tokens: 40, until: full(100)}, 40, exact, 100, true, 1, 0.9},
		{"window of 1 s, rounded up", &tellingWindow{quota: 20, length: 1}, 20, ceil, 20, false, 1, 0.9},
		{"window of 2 s, out of phase", &tellingWindow{quota: 60, length: 2, phase: 0.7}, 60, ceil, 30, false, 1, 0.9},
		{"window of 3 s, rounded down", &tellingWindow{quota: 60, length: 3, phase: 1}, 60, floor, 20, false, 1, 0.9},
		{"window of 5 s, exact", &tellingWindow{quota: 200, length: 5}, 200, exact, 40, false, 1, 0.9},
		{"log of 4 s", &tellingLog{quota: 100, length: 4}, 100, ceil, 25, true, 3, 0.85},
		{"log of 2 s", &tellingLog{quota: 150, length: 2}, 150, ceil, 75, true, 3, 0.85},
		{"log of 1.3 s", &tellingLog{quota: 40, length: 1.3}, 40, floor, 30.8, true, 3, 0.82},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &Params{}
			var s State
			s.Open(0, wallStart(), p, nil)
			accepted, late, throttled := follow(&s, p, tt.server, tt.limit, tt.round, 24)
			if throttled > tt.most {
				t.Errorf("%d throttled, want %d at most", throttled, tt.most)
			}
			if share := float64(late) / (10 * tt.rate); share < tt.least || share > 1.1 {
				t.Errorf("%d accepted in the last 10 s, want about %.0f (%d in all)", late, 10*tt.rate, accepted)
			}
			if f := &s.Controller.flows[0]; (f.Refills == 1) != tt.refills {
				t.Errorf("refills = %d, want %v: %+v", f.Refills, tt.refills, *f)
			}
			// What is remembered is enough to begin with, and it is true.
			known := s.Learned(24e9, wallStart())
			if known.Rate > 1.1*tt.rate || known.Rate < 0.85*tt.rate {
				t.Errorf("remembers %.1f/s, want about %.1f/s", known.Rate, tt.rate)
			}
		})
	}
}

// follow sends one request after the other, 5 ms away from the server, as fast as the gate lets it.
func follow(s *State, p *Params, server budgetTeller, limit int64, round func(float64) (time.Duration, bool), seconds float64) (accepted, late, throttled int) {
	const away = int64(5 * time.Millisecond)
	for now := int64(0); float64(now)/1e9 < seconds; {
		turn := s.Reserve(now, ReserveRequest{})
		now += int64(max(turn.Wait, time.Microsecond))
		if !turn.Granted {
			continue
		}
		ok, left, reset := server.admit(float64(now+away/2) / 1e9)
		kind := Accepted
		switch {
		case !ok:
			kind = Throttled
			throttled++
		default:
			accepted++
			if float64(now)/1e9 > seconds-10 {
				late++
			}
		}
		told, isExact := round(reset)
		b := Budgets{}
		b.Add(Budget{ID: 1, Limit: limit, Remaining: left, Reset: told, Exact: isExact})
		s.Apply(now+away, p, Event{
			Kind: kind, Generation: turn.Generation, Mark: turn.Mark, InFlight: 1, Paced: turn.Reason == ReasonRate, Budgets: &b, Wall: wallStart(),
		})
		now += away
	}
	return accepted, late, throttled
}

// A rate that a budget holds back is neither climbed to nor remembered.
func TestFlowIsNotClimbedOver(t *testing.T) {
	t.Parallel()
	p := &Params{}
	var s State
	s.Open(0, wallStart(), p, nil)
	_, _, _ = follow(&s, p, &tellingWindow{quota: 120, length: 2}, 120, func(r float64) (time.Duration, bool) { return time.Duration(r * 1e9), true }, 60)
	if got := s.Learned(60e9, wallStart()).Rate; got > 66 {
		t.Errorf("after a minute at 60/s the rate is %.1f/s", got)
	}
}

// Memory: the kind of budget, its window or refill rate go through rates.yaml and are believed at once.
func TestFlowIsRemembered(t *testing.T) {
	t.Parallel()
	for _, known := range []KnownBudget{{ID: 1, Period: 2 * time.Second}, {ID: 1, Period: 4 * time.Second, Refill: 25}} {
		t.Run(fmt.Sprint(known), func(t *testing.T) {
			t.Parallel()
			p := &Params{}
			var s State
			s.Open(0, wallStart(), p, &Learned{Rate: 24, Updated: wallStart(), Source: SourceHeader, Budget: known})
			var server budgetTeller = &tellingWindow{quota: 50, length: 2, phase: 1.3}
			limit := int64(50)
			if known.Refill > 0 {
				server, limit = &tellingLog{quota: 100, length: 4}, 100
			}
			accepted, _, throttled := follow(&s, p, server, limit, func(r float64) (time.Duration, bool) { return time.Duration(math.Ceil(r)) * time.Second, false }, 10)
			if accepted < 225 || throttled > 0 {
				t.Errorf("%d accepted and %d throttled in 10 s, want about 245 and none", accepted, throttled)
			}
			if got := s.Learned(10e9, wallStart()).Budget; got.ID != known.ID || (got.Refill > 0) != (known.Refill > 0) {
				t.Errorf("remembers %+v, was told %+v", got, known)
			}
		})
	}
}

// From memory, the tail of the run before is still in a sliding log when the next one begins: what comes back of it at first
// is not taken for a faster refill.
func TestFlowIsRememberedWhileALogEmpties(t *testing.T) {
	t.Parallel()
	server := &tellingLog{quota: 300, length: 2}
	for i := range 150 {
		server.sent = append(server.sent, -2+float64(i)/150)
	}
	var s State
	s.Open(0, wallStart(), &Params{}, &Learned{
		Rate: 149, Updated: wallStart(), Source: SourceHeader, Budget: KnownBudget{ID: 1, Period: 2 * time.Second, Refill: 149},
	})
	ceil := func(r float64) (time.Duration, bool) { return time.Duration(math.Ceil(r)) * time.Second, false }
	if accepted, _, throttled := follow(&s, &Params{}, server, 300, ceil, 10); accepted < 1400 || throttled > 0 {
		t.Errorf("%d accepted and %d throttled in 10 s, want about 1480 and none", accepted, throttled)
	}
}

// Of a budget whose end the last run has left, little remains when the next begins; that is not all that ever remains.
func TestFlowIsSmall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		flow flow
		want bool
	}{
		{flow{MostRemaining: 3, Limit: 150}, false},
		{flow{MostRemaining: 3, Limit: 25, Span: int64(time.Second)}, true}, // a bucket that tells its rate for its limit
		{flow{MostRemaining: 3, Limit: 4}, true},
		{flow{MostRemaining: 3}, true},
		{flow{MostRemaining: 40, Limit: 50}, false},
	} {
		if got := tt.flow.small(); got != tt.want {
			t.Errorf("%d of %d, reset within %v: small is %v", tt.flow.MostRemaining, tt.flow.Limit, time.Duration(tt.flow.Span), got)
		}
	}
}
