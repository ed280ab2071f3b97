package limiter

import (
	"cmp"
	"slices"

	"github.com/arl-cli/arl/internal/pacing"
)

// Uses returns the keys for which requests are in flight or wait in this Limiter, those with most to do
// first, at most [MostUses]. It asks no store.
func (l *Limiter) Uses() []pacing.Use {
	var uses []pacing.Use
	for key, ln := range *l.queues.Load() {
		ln.mu.Lock()
		u := pacing.Use{Key: key, InFlight: int(ln.granted.Load()), Waiting: len(ln.waiting)}
		if ln.occupied {
			u.Waiting++
		}
		ln.mu.Unlock()
		if u.InFlight+u.Waiting > 0 && !ln.isShared {
			uses = append(uses, u)
		}
	}
	slices.SortFunc(uses, func(a, b pacing.Use) int {
		return cmp.Or(cmp.Compare(b.InFlight+b.Waiting, a.InFlight+a.Waiting), cmp.Compare(a.Key, b.Key))
	})
	return uses[:min(len(uses), pacing.MaxUses)]
}
