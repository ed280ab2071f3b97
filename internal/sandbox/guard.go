package sandbox

import "time"

// guard is one limit at work: its rule and what it does to those it refuses.
type guard struct {
	limit Limit
	rule  rule
}

func newGuards(limits []Limit) []guard {
	guards := make([]guard, len(limits))
	for i, l := range limits {
		l.Kind = l.kind()
		guards[i] = guard{limit: l, rule: l.rule()}
	}
	return guards
}

// settle keeps a track within what this limit can have caused by now: it may
// stem from another rate or lock-out.
func (g *guard) settle(t *track, now int64) {
	t.Locked = min(t.Locked, now+g.limit.Lockout.Nanoseconds())
	if b, ok := g.rule.(bucket); ok {
		t.Mark = min(t.Mark, now+b.burst*b.gap)
	}
}

// look is the rule's verdict, overruled by a lock-out.
func (g *guard) look(t *track, now int64) verdict {
	v := g.rule.look(t, now)
	locked := time.Duration(t.Locked - now)
	if locked <= 0 {
		return v
	}
	return verdict{
		wait: max(v.wait, locked),
		next: max(v.wait, locked),
		full: max(v.full, locked),
	}
}

// refuse notes a refusal by this limit.
func (g *guard) refuse(t *track, now int64) {
	if g.limit.CountRefused {
		g.rule.charge(t, now)
	}
	if g.limit.Lockout > 0 && (now >= t.Locked || g.limit.LockoutRestarts) {
		t.Locked = now + g.limit.Lockout.Nanoseconds()
	}
}

// decide admits a request at now if every limit agrees, and charges it to all
// of them. Otherwise only those that refused it take notice. wait is the time
// until it would be admitted, 0 if that is unknown.
func decide(guards []guard, tracks []track, now int64) (ok bool, wait time.Duration) {
	ok = true
	for i := range guards {
		g, t := &guards[i], &tracks[i]
		if g.look(t, now).ok {
			continue
		}
		ok = false
		g.refuse(t, now)
		wait = max(wait, g.look(t, now).wait)
	}
	if !ok {
		return false, wait
	}
	for i := range guards {
		guards[i].rule.charge(&tracks[i], now)
	}
	return true, 0
}

// quota is what one limit has left, for the headers of an answer.
type quota struct {
	limit Limit
	verdict
}

func quotas(guards []guard, tracks []track, now int64) []quota {
	list := make([]quota, len(guards))
	for i := range guards {
		list[i] = quota{guards[i].limit, guards[i].look(&tracks[i], now)}
	}
	return list
}
