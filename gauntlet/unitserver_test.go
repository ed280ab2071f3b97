package gauntlet

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// A quantity is a limit of a unit server. It comes back little by little, or all at once where Window is set.
type quantity struct {
	Requests bool          // it counts requests; else what they take
	Rate     float64       // per second
	Depth    float64       // what there is at once
	Window   time.Duration // 0 means that it refills evenly
}

// A supply is what is left of a quantity.
type supply struct {
	quantity
	left float64
	at   time.Time // when it was reckoned; the beginning of the window
}

// reckon brings what is left up to now.
func (s *supply) reckon(now time.Time) {
	if s.Window == 0 {
		s.left = min(s.Depth, s.left+s.Rate*now.Sub(s.at).Seconds())
		s.at = now
		return
	}
	for now.Sub(s.at) >= s.Window {
		s.left, s.at = s.Depth, s.at.Add(s.Window)
	}
}

// takes is what a request of that size takes.
func (s *supply) takes(size float64) float64 {
	if s.Requests {
		return 1
	}
	return size
}

// wait is until there are n.
func (s *supply) wait(n float64) time.Duration {
	switch {
	case s.left >= n:
		return 0
	case s.Window > 0:
		return time.Until(s.at.Add(s.Window))
	}
	return time.Duration((n - s.left) / s.Rate * 1e9)
}

// supplies are the limits of one model, in the order in which throttles name them.
type supplies []*supply

func (all supplies) let(size float64) (wait time.Duration, short *supply) {
	for _, s := range all {
		s.reckon(time.Now())
		if w := s.wait(s.takes(size)); w > wait {
			wait, short = w, s
		}
	}
	if short == nil {
		for _, s := range all {
			s.left -= s.takes(size)
		}
	}
	return wait, short
}

// A unitServer counts what requests take. It says so in the dialect of a vendor.
type unitServer struct {
	limits  []quantity // of each model
	dialect unitDialect
	names   bool // a throttle's body names the limit

	mu     sync.Mutex
	models map[string]supplies
	tally  *tally
}

// A unitDialect is how a unit server speaks of what is left.
type unitDialect int

const (
	silentUnits  unitDialect = iota // nothing but Retry-After, in milliseconds
	openAIUnits                     // x-ratelimit-remaining-tokens and the time until all is there again
	shopifyUnits                    // in the body, with how fast it comes back
	githubUnits                     // x-ratelimit-remaining and when all is there again
)

func (s *unitServer) of(model string) supplies {
	if s.models == nil {
		s.models = map[string]supplies{}
	}
	if s.models[model] == nil {
		for _, q := range s.limits {
			s.models[model] = append(s.models[model], &supply{quantity: q, left: q.Depth, at: time.Now()})
		}
	}
	return s.models[model]
}

// ServeHTTP implements http.Handler.
func (s *unitServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size, _ := strconv.ParseFloat(r.Header.Get("X-Size"), 64)
	all := s.of(r.Header.Get("X-Model"))
	wait, short := all.let(size)
	for _, x := range all {
		s.say(w.Header(), x)
	}
	if short == nil {
		s.tally.take(size)
		fmt.Fprintf(w, `{"usage": %v, "left": %v}`, size, all[len(all)-1].left)
		return
	}
	s.tally.note(http.StatusTooManyRequests)
	w.Header().Set("Retry-After-Ms", strconv.Itoa(int(wait.Milliseconds())+1))
	w.WriteHeader(http.StatusTooManyRequests)
	what := "limit"
	if s.names {
		what = "Rate limit reached on tokens per min"
		if short.Requests {
			what = "Rate limit reached on requests per min"
		}
	}
	fmt.Fprintf(w, `{"error": {"message": %q}}`, what)
}

// say tells in headers what is left.
func (s *unitServer) say(h http.Header, x *supply) {
	name := "Tokens"
	if x.Requests {
		name = "Requests"
	}
	switch s.dialect {
	case openAIUnits:
		h.Set("X-Ratelimit-Limit-"+name, strconv.Itoa(int(x.Depth)))
		h.Set("X-Ratelimit-Remaining-"+name, strconv.Itoa(int(x.left)))
		h.Set("X-Ratelimit-Reset-"+name, x.wait(x.Depth).Round(time.Millisecond).String())
	case githubUnits:
		h.Set("X-Ratelimit-Limit-"+name, strconv.Itoa(int(x.Depth)))
		h.Set("X-Ratelimit-Remaining-"+name, strconv.Itoa(int(x.left)))
		h.Set("X-Ratelimit-Reset-"+name, strconv.Itoa(int(math.Ceil(x.wait(x.Depth).Seconds()))))
	}
}

// take counts what an accepted request has taken.
func (t *tally) take(size float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Accepted++
	t.Taken += size
	if i := int(time.Since(t.begin) / time.Second); i < len(t.Units) {
		t.Units[i] += size
		t.Seconds[i]++
	}
}
