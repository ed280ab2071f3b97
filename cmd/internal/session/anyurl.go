package session

import (
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
)

// Profile is that of an api, or of a URL.
func (s *Session) Profile(target string) (*config.Profile, error) {
	if config.IsURL(target) {
		return s.Registry.ForURL(target)
	}
	return s.Registry.Profile(target)
}

// attempted is told of the attempts of a profile's client.
func (s *Session) attempted(p *config.Profile) func(limiter.Attempt) {
	if !p.AdHoc() {
		return s.AttemptLog.attempt
	}
	return func(a limiter.Attempt) {
		s.AttemptLog.attempt(a)
		if a.Signal.Kind == limiter.Throttled && a.API == p.Name && s.WaitStatus.neverThrottled(a.Key) {
			s.Messages.offerProfile(p)
		}
	}
}

// offerProfile says once in a run that a host which throttles can have a profile.
func (n *Messages) offerProfile(p *config.Profile) {
	if n.silent || n.offered.Swap(true) {
		return
	}
	n.Say("%s throttles; its rate is learned and kept. For a credential, documented limits or a short name: arl apis add NAME --base-url %s", p.Name, p.BaseURL)
}

// neverThrottled reports whether a key that is in use had not been throttled before this process used it.
func (w *WaitStatus) neverThrottled(key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, used := w.begun[key]
	return used && b.throttled == 0
}
