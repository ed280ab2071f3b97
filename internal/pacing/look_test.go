package pacing

import (
	"testing"
	"time"
)

// Half of a bucket is a rival's for twelve seconds. Twelve seconds later the rate is near all of it: no throttle tells that
// a rival has left, so the rate has to rise by itself.
func TestLookFindsMore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rate, hold float64 // requests per second, seconds of the rate
		named      named
	}{
		"medium":                {60, 0.4, silent},
		"fast":                  {150, 0.3, silent},
		"a large burst":         {40, 1, silent},
		"a second for each try": {40, 1.2, wholeSeconds},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &Params{}
			var s State
			s.Open(0, wallStart(), p, nil)
			rates := func(now int64) float64 {
				if now < int64(12*time.Second) {
					return c.rate / 2
				}
				return c.rate
			}
			simulate(&s, p, &bucketServer{rates: rates, burst: c.hold * c.rate, named: c.named}, load{inFlight: 64, rtt: 40 * time.Millisecond, duration: 26 * time.Second})
			if got := s.Learned(int64(26*time.Second), wallStart()).Rate; got < 0.75*c.rate || got > 1.2*c.rate {
				t.Errorf("the rate is %.1f/s fourteen seconds after the rival has left, the limit is %v/s", got, c.rate)
			}
		})
	}
}

// Where there is no more to be found, looking for it costs hardly anything.
func TestLookCostsLittle(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{15, 60, 200} {
		p := &Params{}
		run := func(span time.Duration) (*outcome, int64) {
			var s State
			s.Open(0, wallStart(), p, nil)
			out := simulate(&s, p, &bucketServer{rate: rate, burst: rate / 2}, load{inFlight: 64, rtt: 40 * time.Millisecond, duration: span})
			return out, s.Controller.Looks
		}
		first, before := run(12 * time.Second)
		all, after := run(72 * time.Second)
		if after <= before {
			t.Errorf("%v/s: %d looks after 12 s, %d after 72 s; want some between", rate, before, after)
		}
		if got := float64(all.accepted-first.accepted) / 60; got < 0.975*rate {
			t.Errorf("%v/s: %.1f accepted per second, want 97.5 %%", rate, got)
		}
		if got := all.throttled - first.throttled; float64(got) > 0.01*float64(all.accepted) {
			t.Errorf("%v/s: %d of %d throttled in that minute", rate, got, all.accepted)
		}
	}
}

// Only where the throttle that ends it costs next to nothing is a look begun.
func TestLooksAreCheap(t *testing.T) {
	t.Parallel()
	bucket := func(pause, burst float64) Controller {
		return Controller{Kind: int64(LimitBucket), Likelihood: 0.9, Fits: 2, Rate: 40, Ceiling: 40, Burst: burst, Last: Measurement{Pause: pause}, ThrottleCost: int64(max(pause, 1) * 1e9), trail: trail{Newest: 1}}
	}
	for name, c := range map[string]struct {
		change func(*Controller)
		pause  float64
		burst  float64
		want   bool
	}{
		"a short pause":              {nil, 0.25, 10, true},
		"hardly a burst":             {nil, 0.25, 2, false},
		"a burst that makes up":      {nil, 1, 45, true},
		"a burst that does not":      {nil, 1, 20, false},
		"a lock-out":                 {nil, 3, 500, false},
		"a window":                   {func(c *Controller) { c.Kind = int64(LimitFixed) }, 0.25, 10, false},
		"not sure that it is one":    {func(c *Controller) { c.Likelihood = 0.65 }, 1, 45, false},
		"headers say what remains":   {func(c *Controller) { c.flows[0].ID = 1 }, 0.25, 10, false},
		"remembered, nothing is met": {func(c *Controller) { c.Fits = 0 }, 0.25, 10, false},
		"long after the last one":    {func(c *Controller) { c.trail = trail{} }, 0.25, 10, false},
		"often without success":      {func(c *Controller) { c.Looks = mostLooks }, 0.25, 10, false},
	} {
		l := bucket(c.pause, c.burst)
		if c.change != nil {
			c.change(&l)
		}
		if got := l.looksAreCheap(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A run that ends in a look remembers what had gone unthrottled before it.
func TestLookIsNotRemembered(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]float64{"while searching": 0, "while holding": 1} {
		c := Controller{Low: 35, Ceiling: 50, Rate: 40, Admitted: 1000, ProbeStep: step}
		c.look(0, (&Params{}).WithDefaults())
		c.Rate = 60
		if got := c.provenRate(0); got > 40 {
			t.Errorf("%s: %v/s would be remembered, tried from 40/s on", name, got)
		}
	}
}
