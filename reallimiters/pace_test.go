package reallimiters

import (
	"flag"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

//nolint:gochecknoglobals // a flag of a test binary
var pace = flag.Float64("pace", 0, "send evenly at this part of what each limiter allows, instead of measuring arl")

// TestPace measures what a constant pace gets of each limiter, as a user would who knew the limit. It shows that
// the limiters allow what [limiters] claims: all of a pace of 0.95, and no more than 1 of a pace of 1.2 (a bucket
// adds what is left of its burst, and those that count throttled requests too allow much less).
func TestPace(t *testing.T) {
	if *pace == 0 {
		t.Skip("-pace 0.95 runs it")
	}
	var all sync.WaitGroup
	places := make(chan struct{}, *atOnce)
	for _, l := range chosen(t) {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			t.Run(l.name, func(t *testing.T) { l.atPace(t, *pace) })
		})
	}
	all.Wait()
}

// atPace sends for two windows without counting, then counts.
func (l limiter) atPace(t *testing.T, part float64) {
	url := l.start(t)
	lead := max(2*l.window, 2*time.Second)
	allowed, over := l.allowed(lastTime)
	if l.window > lastTime {
		lead = 0
	}
	var accepted, throttled atomic.Int64
	var sending sync.WaitGroup
	interval := time.Duration(float64(time.Second) / (part * l.rate))
	began := time.Now()
	for next := began; next.Before(began.Add(lead + over)); next = next.Add(interval) {
		time.Sleep(time.Until(next))
		counted := next.After(began.Add(lead))
		sending.Go(func() {
			ok := accepts(t, url+"/items")
			switch {
			case counted && ok:
				accepted.Add(1)
			case counted:
				throttled.Add(1)
			}
		})
	}
	sending.Wait()
	t.Logf("pace_ %-45s %5.1f %% of what it allows, %5.1f %% throttled", l.name, 100*float64(accepted.Load())/allowed,
		100*float64(throttled.Load())/float64(accepted.Load()+throttled.Load()))
}

func accepts(t *testing.T, url string) bool {
	res, err := http.Get(url) //nolint:gosec // a server of the test
	if err != nil {
		t.Error(err)
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}
