package session

import "github.com/arl-cli/arl/pkg/limiter"

// observe passes an event on to all that are made of events: counters, the progress line, --explain or else messages about
// waits, and --log-json. It is called from the goroutines of requests.
func (s *Session) observe(e limiter.Event) {
	if e.Throttled() {
		s.Throttled.Add(1)
	}
	s.WaitStatus.Observe(&e)
	if s.explained != nil {
		s.explained.observe(&e)
	} else {
		s.Messages.observe(&e)
	}
	if s.WaitStatus.firstThrottle(&e) {
		s.Messages.offerProfile(e.API)
	}
	if s.log != nil {
		s.log.observe(&e)
	}
}
