package gauntlet

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// shortPictures are of named kinds: the whole of their cold starts.
func shortPictures() []plot {
	return []plot{
		{"short-bucket", "bucket 50/s burst 50, no header", "A bucket: 50 per second, 50 at once; no header", shortCold, time.Second / 2},
		{"short-window", "50 per 3 s, opened, X-RateLimit epoch floor, Retry-After ceil", "A fixed window that headers tell of: 50 in 3 s from the first request on", shortCold, time.Second / 2},
		{"short-log", "rolling 60 per 3 s, throttled count, Retry-After ceil", "A sliding log: 60 in any 3 s, throttled ones included", shortCold, time.Second / 2},
		{"short-in-flight", "8 at a time x 100 to 500 ms, Retry-After ceil", "8 requests at a time, each takes 100 to 500 ms", shortCold, time.Second / 2},
		{"short-lockout", "20/s, a throttle locks out 3 s, extended, Retry-After ceil", "20 per second, and each throttle locks out for 3 s", shortCold, time.Second / 2},
	}
}

// A paceLog is at what rate arl paced, in the order of time.
type paceLog struct {
	mu    sync.Mutex
	times []time.Duration // since the year began
	rates []float64
}

func (*paceLog) begin(time.Duration) {}
func (*paceLog) end()                {}

func (p *paceLog) note(a limiter.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.times, p.rates = append(p.times, time.Since(yearBegan())), append(p.rates, a.Update.Rate)
}

// at is the rate at a time.
func (p *paceLog) at(when time.Duration) float64 {
	i, _ := slices.BinarySearch(p.times, when)
	if i == 0 {
		return 0
	}
	return p.rates[i-1]
}

func (r *shortRun) curve(paces *paceLog) *curve {
	c := &curve{
		Accepted:  func(from, to time.Duration) int { return between(r.accepted, r.begin+from, r.begin+to) },
		Limit:     r.server.rate,
		Learned:   func(at time.Duration) float64 { return paces.at(r.begin + at) },
		LimitIs:   "limit in the long run",
		LearnedIs: "at what rate arl paces",
	}
	for _, at := range r.throttle {
		c.Throttles = append(c.Throttles, at-r.begin)
	}
	return c
}

// drawShort runs the servers of the pictures and returns these by the name of their file.
func drawShort(t *testing.T) map[string]string {
	files := map[string]string{}
	for _, p := range shortPictures() {
		i := slices.IndexFunc(shortKinds(), func(s shortServer) bool { return s.Name == p.Row })
		if i < 0 {
			t.Fatalf("no kind %q to draw", p.Row)
		}
		server, paces := shortKinds()[i], &paceLog{}
		run := server.run(t, paces)
		files[filepath.Join(plots, p.File+".svg")] = p.draw(run.curve(paces))
	}
	return files
}

// The pictures show what was measured.
func TestShortPictures(t *testing.T) {
	for path, text := range drawShort(t) {
		if len(text) < 2000 {
			t.Errorf("%s: %d bytes", path, len(text))
		}
	}
}
