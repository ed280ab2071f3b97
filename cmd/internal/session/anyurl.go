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

// mostMet is of how many hosts without a profile it is known where they are: a list of URLs may have any number.
const mostMet = 10_000

// meet notes the profile of a host that has none of its own.
func (n *Messages) meet(p *config.Profile) {
	if n.silent || !p.AdHoc() || n.offered.Load() {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.adHoc) < mostMet {
		n.adHoc[p.Name] = p.BaseURL
	}
}

// offerProfile says once in a run that a host which throttles can have a profile, if it has none.
func (n *Messages) offerProfile(host string) {
	n.mu.Lock()
	url := n.adHoc[host]
	n.mu.Unlock()
	if url == "" || n.offered.Swap(true) {
		return
	}
	n.Say("%s throttles; its learned rate is kept. To add a credential, documented limits or a short name: arl apis add NAME --base-url %s", host, url)
}

// firstThrottle reports whether a key is throttled that had not been before this process used it.
func (w *WaitStatus) firstThrottle(e *limiter.Event) bool {
	if !e.Throttled() {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	b, used := w.begun[e.Key]
	return used && b.throttled == 0
}
