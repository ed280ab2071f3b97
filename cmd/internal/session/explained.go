package session

import (
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/explain"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
)

// explained is --explain: events in words. nil explains nothing.
type explained struct {
	messages *Messages

	mu    sync.Mutex // keeps the lines in order: held while they are written
	story *explain.Story
}

func newExplained(m *Messages) *explained {
	return &explained{messages: m, story: explain.New(time.Now())}
}

// recall lets the explanation say when a rate was learned.
func (x *explained) recall(rates *ratesfile.File) {
	if x == nil || rates == nil {
		return
	}
	x.story.Earlier = func(key string) *limiter.Learned {
		if known := rates.Recall(key); known != nil && known.Rate != 0 {
			return known
		}
		return nil // not known, or nothing but a cap
	}
}

// ExplainEach has --explain tell of every attempt, as is right for one request.
func (s *Session) ExplainEach() {
	if s.explained != nil {
		s.explained.story.Each = true
	}
}

func (x *explained) observe(e *limiter.Event) {
	x.tell(func(now time.Time) []string { return x.story.Observe(now, e) })
}

// end tells what was learned. forgotten says why that is not kept, if it is not.
func (x *explained) end(forgotten string) {
	if x != nil {
		x.tell(func(now time.Time) []string { return x.story.End(now, forgotten) })
	}
}

func (x *explained) tell(lines func(now time.Time) []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, line := range lines(time.Now()) {
		x.messages.Say("%s", line)
	}
}
