package gauntlet

import "time"

// lockOut throttles everything for some time after a throttle; a retry may extend it.
type lockOut struct {
	limit
	span    time.Duration
	extends bool
	until   time.Duration
}

func (l *lockOut) fits(now time.Duration) bool { return now >= l.until && l.limit.fits(now) }

func (l *lockOut) miss(now time.Duration) {
	if now >= l.until || l.extends {
		l.until = now + l.span
	}
	l.limit.miss(now)
}

func (l *lockOut) told(now time.Duration) status {
	t := l.limit.told(now)
	if now < l.until {
		t.Left, t.Retry, t.Reset = 0, l.until-now, l.until-now
	}
	return t
}

// together are limits that hold at once. What one of them throttles is charged to none of them.
type together []limit

func (a together) fits(now time.Duration) bool {
	for _, l := range a {
		if !l.fits(now) {
			return false
		}
	}
	return true
}

func (a together) take(now time.Duration) {
	for _, l := range a {
		l.take(now)
	}
}

func (a together) miss(now time.Duration) {
	for _, l := range a {
		l.miss(now)
	}
}

// told speaks of the limit that has least left, and of the longest wait.
func (a together) told(now time.Duration) status {
	least := a[0].told(now)
	for _, l := range a[1:] {
		t := l.told(now)
		wait := max(least.Retry, t.Retry)
		if t.Left < least.Left {
			least = t
		}
		least.Retry = wait
	}
	return least
}

// each is what the server knows of every one of them.
func (a together) each(now time.Duration) []status {
	list := make([]status, len(a))
	for i, l := range a {
		list[i] = l.told(now)
	}
	return list
}

// contested is a limit that a rival uses too, evenly, from the beginning until it leaves.
type contested struct {
	limit
	gap, next, until time.Duration
}

func (c *contested) fits(now time.Duration) bool {
	for ; c.next < min(now, c.until); c.next += c.gap {
		if c.limit.fits(c.next) {
			c.take(c.next)
		} else {
			c.miss(c.next)
		}
	}
	return c.limit.fits(now)
}
