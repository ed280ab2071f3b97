package cmd

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/ui"
	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
)

// progress shows how far a batch is: one line redrawn in place on a terminal, else a plain line every
// ten seconds. It looks at counters, so it never slows the run.
type progress struct {
	env    *env
	s      *session
	engine *batch.Engine
	quit   chan struct{}
	done   sync.WaitGroup

	mu    sync.Mutex
	shown bool
	last  batch.Summary
	rate  float64
}

// nearLimit is how near a rate has to lie to what was refused for that to be the limit.
const nearLimit = 0.95

// How often progress is shown, on a terminal and elsewhere.
const (
	redrawEvery = 200 * time.Millisecond
	tellEvery   = 10 * time.Second
)

func startProgress(e *env, s *session, engine *batch.Engine) *progress {
	p := &progress{env: e, s: s, engine: engine, quit: make(chan struct{})}
	if s.opts.Silent {
		return p
	}
	every := tellEvery
	if e.ErrTTY {
		every = redrawEvery
		s.notes.hide = p.hidden
	}
	p.done.Go(func() { p.loop(every) })
	return p
}

func (p *progress) loop(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-p.quit:
			return
		case <-ticker.C:
			p.show(every)
		}
	}
}

func (p *progress) show(every time.Duration) {
	now := p.engine.Snapshot()
	p.mu.Lock()
	defer p.mu.Unlock()
	through := func(s batch.Summary) int64 { return s.OK + s.Failed + s.Unknown }
	recent := float64(through(now)-through(p.last)) / every.Seconds()
	smooth := min(1, every.Seconds()/2)
	p.rate += smooth * (recent - p.rate)
	p.last = now
	line := p.line(now)
	if !p.env.ErrTTY {
		fmt.Fprintf(p.env.Err, "arl: %s\n", line)
		return
	}
	fmt.Fprintf(p.env.Err, "\r\x1b[K%s", clip(line, p.width()))
	p.shown = true
}

func (p *progress) line(now batch.Summary) string {
	parts := []string{
		ui.Count(now.OK+now.Failed+now.Unknown) + " done",
		ui.Rate(p.rate) + "/s",
		ui.Count(p.s.teller.refused.Load()) + " refused",
	}
	if bad := now.Failed + now.Unknown; bad > 0 {
		parts = append(parts, ui.Count(bad)+" failed")
	}
	var paused []string
	for key, l := range p.s.Limiter.Snapshot() {
		if left := time.Until(l.PausedUntil); left > 0 {
			paused = append(paused, fmt.Sprintf("%s pauses %s", key, ui.Span(left)))
		}
	}
	slices.Sort(paused)
	if n := len(paused) - mostPauses; n > 0 {
		paused = append(paused[:mostPauses], fmt.Sprintf("%d more pause", n))
	}
	return strings.Join(append(parts, paused...), " · ")
}

func (p *progress) width() int {
	if f, ok := p.env.Err.(interface{ Fd() uintptr }); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 80
}

func clip(line string, width int) string {
	if r := []rune(line); len(r) >= width {
		return string(r[:width-1])
	}
	return line
}

// hidden takes the display away while a line is written.
func (p *progress) hidden(line func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	line()
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.env.Err, "\r\x1b[K")
		p.shown = false
	}
}

func (p *progress) stop() {
	close(p.quit)
	p.done.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// summary writes what became of the records, and what was learned.
func (p *progress) summary(s batch.Summary) {
	w := p.env.Err
	before := ""
	if s.Before > 0 {
		before = ui.Count(s.Before) + " done before + "
	}
	fmt.Fprintf(w, "arl: read %s = %s%s ok + %s failed + %s unknown + %s not sent\n",
		ui.Count(s.Read), before, ui.Count(s.OK), ui.Count(s.Failed), ui.Count(s.Unknown), ui.Count(s.NotSent))
	fmt.Fprintf(w, "arl: %s at %s/s, %s attempts, %s refused\n",
		ui.Span(s.Elapsed), elapsedRate(s.OK+s.Failed+s.Unknown, s.Elapsed), ui.Count(s.Attempts), ui.Count(p.s.teller.refused.Load()))
	if kinds := kindCounts(s.Kinds); kinds != "" {
		fmt.Fprintf(w, "arl: %s\n", kinds)
	}
	known := p.s.Limiter.Snapshot()
	keys, more := busiest(known, mostKeys)
	for _, key := range keys {
		l := known[key]
		limit := ""
		switch {
		case l.Ceiling > 0 && l.Rate < nearLimit*l.Ceiling:
			limit = fmt.Sprintf(", limit below %s/s", ui.Rate(l.Ceiling))
		case l.Ceiling > 0:
			limit = fmt.Sprintf(", limit about %s/s", ui.Rate(l.Ceiling))
		}
		fmt.Fprintf(w, "arl: %s: rate %s/s%s\n", key, ui.Rate(l.Rate), limit)
	}
	if more > 0 {
		fmt.Fprintf(w, "arl: %d more keys, `arl rates` shows them\n", more)
	}
}

const (
	// mostPauses is how many pauses the progress names, and mostKeys how many keys the summary.
	mostPauses = 3
	mostKeys   = 10
)

// busiest returns the n keys that were used most, sorted by name, and how many more there are. What all
// buckets pass together has no rate to tell.
func busiest(known map[string]limiter.Learned, n int) (keys []string, more int) {
	maps.DeleteFunc(known, func(key string, _ limiter.Learned) bool { return apis.Together(key) })
	keys = slices.SortedFunc(maps.Keys(known), func(a, b string) int {
		return cmp.Or(cmp.Compare(known[b].Counts.Sent, known[a].Counts.Sent), cmp.Compare(a, b))
	})
	n = min(n, len(keys))
	more = len(keys) - n
	keys = keys[:n]
	slices.Sort(keys)
	return keys, more
}

func kindCounts(kinds map[batch.Kind]int64) string {
	var parts []string
	for kind, n := range kinds {
		parts = append(parts, fmt.Sprintf("%s %s", ui.Count(n), kind))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
