package limiter

import (
	"cmp"
	"slices"
)

// Uses returns the keys for which requests are under way or wait in this Limiter, those with most to do
// first, at most [MostUses]. It asks no store.
func (l *Limiter) Uses() []Use {
	var uses []Use
	for key, ln := range *l.lines.Load() {
		ln.mu.Lock()
		u := Use{Key: key, Flying: int(ln.granted.Load()), Waiting: len(ln.waiting)}
		if ln.occupied {
			u.Waiting++
		}
		ln.mu.Unlock()
		if u.Flying+u.Waiting > 0 && !ln.shared {
			uses = append(uses, u)
		}
	}
	slices.SortFunc(uses, func(a, b Use) int {
		return cmp.Or(cmp.Compare(b.Flying+b.Waiting, a.Flying+a.Waiting), cmp.Compare(a.Key, b.Key))
	})
	return uses[:min(len(uses), MostUses)]
}
