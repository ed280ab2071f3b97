package sandbox

import "time"

// guard is one limit at work: its rule, the requests it holds for, and what it
// does to those it throttles.
type guard struct {
	limit     Limit
	rule      rule
	scope     *scope        // nil: every request, with one counter
	place     int           // in the list of limits
	throttled *throttleBody // nil: that of the server
}

func newGuards(limits []Limit) []guard {
	guards := make([]guard, len(limits))
	for i, l := range limits {
		l = l.full()
		guards[i] = guard{limit: l, rule: l.rule(), scope: l.scope(), place: i}
		if l.ThrottleBody != "" {
			guards[i].throttled = newThrottleBody(l.ThrottleBody)
		}
	}
	return guards
}

// each reports whether there is a counter for each value of a segment.
func (g *guard) each() bool { return g.scope != nil && g.scope.each > 0 }

// find returns the counter for a request, nil if the limit does not hold for
// it. t is what the limit remembers in all.
func (g *guard) find(t *track, method, path string, now int64) *track {
	switch {
	case g.scope == nil:
		return t
	case !g.scope.holds(method, path):
		return nil
	case g.scope.each > 0:
		return g.counter(t, segment(path, g.scope.each), now)
	default:
		return t
	}
}

// settle keeps a track within what this limit can have caused by now: it may
// stem from another rate or lock-out.
func (g *guard) settle(t *track, now int64) {
	t.Locked = min(t.Locked, now+g.limit.Lockout.Nanoseconds())
	t.Rival = min(t.Rival, now)
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

// onThrottle notes a throttle by this limit.
func (g *guard) onThrottle(t *track, now int64) {
	if g.limit.CountThrottled {
		g.rule.charge(t, now)
	}
	if g.limit.Lockout > 0 && (now >= t.Locked || g.limit.LockoutRestarts) {
		t.Locked = now + g.limit.Lockout.Nanoseconds()
	}
}

// decision is what the limits say to one request, all together.
type decision struct {
	ok    bool
	wait  time.Duration // until it would be admitted; 0: unknown, or admitted
	delay time.Duration // of an admitted one, in a queue
	by    *guard        // that throttled, the one for longest; nil: admitted
}

// decide admits a request at now if every limit that has a track agrees, and
// charges it to all of them. Otherwise only those that throttled it take notice.
func decide(guards []guard, tracks []*track, now int64) decision {
	d := decision{ok: true}
	for i, t := range tracks {
		g := &guards[i]
		if t == nil || g.look(t, now).ok {
			continue
		}
		g.onThrottle(t, now)
		wait := g.look(t, now).wait
		if d.ok || wait > d.wait {
			d.by, d.wait = g, wait
		}
		d.ok = false
	}
	if !d.ok {
		return d
	}
	for i, t := range tracks {
		if t == nil {
			continue
		}
		if guards[i].limit.Kind == Leaky {
			d.delay = max(d.delay, time.Duration(t.Mark-now))
		}
		guards[i].rule.charge(t, now)
	}
	return d
}

// quota is what one limit has left, for the headers of a response.
type quota struct {
	limit *Limit
	place int // in the list of limits
	verdict
}

// quotas lists what the limits that are not hidden have left.
func quotas(guards []guard, tracks []*track, now int64) []quota {
	list := make([]quota, 0, len(guards))
	for i, t := range tracks {
		if g := &guards[i]; t != nil && !g.limit.Hidden {
			list = append(list, quota{&g.limit, g.place, g.look(t, now)})
		}
	}
	return list
}
