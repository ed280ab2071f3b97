package pacing

import "time"

// Quota that comes back little by little: of buckets, sliding logs and sliding counters.

const (
	// leastSpread and mostSpread bound the time over which what a bucket holds is spent, and its refill rate measured.
	minSpread, maxSpread = int64(time.Second), shortWindow
	// recalledSurplus is by how much the pace may be above what an earlier run saw refill until a span is over.
	recalledSurplus = 1.08
	// fewOfLog is the limit of a sliding log up to which what is kept would be a large part of it; such a one is spread
	// over its window, but for logHeadroom.
	fewOfLog, logHeadroom = 50, 0.98
	// minRun is how many rises in a row show that quota comes back just now.
	minRun = 3
	// leastBack is how long the shortest sliding window is that can be found out.
	leastBack = 6 * fineBin
)

// refilled reports whether a rise is no more than what refills in so much time.
func (f *flow) refilled(rise, gap int64) bool {
	if f.Refills == 0 {
		return false
	}
	expected := float64(f.Refill) / 1000 * float64(gap) / 1e9
	return float64(rise) <= 2*expected+float64(2*f.noise()) || f.Flat < max(10, f.MostRemaining/8)
}

// move takes in a response within a window, or of quota that refills.
func (f *flow) move(now, sum, rise, reset int64, late bool) {
	f.Flat++
	if rise > 0 {
		f.Peak, f.Flat = sum, 0
		if now-f.RoseAt < max(f.Span, int64(time.Second))/2 {
			f.Rises++
		}
		if f.Run++; f.Refills == 1 && now-f.RoseAt > f.quiet() {
			f.Run = 1
			f.rebase(now, sum) // how long nothing came back says nothing of how fast it does now
		}
		f.RoseAt = now
	}
	risen, took := sum-f.BaseSum, now-f.BaseAt
	if f.Refills == 0 {
		switch {
		case f.Rises >= minRun && risen > 2*f.noise()+2:
			f.refills(now, sum, float64(risen)/float64(took)*1e9)
		case late && rise > 0 && f.Span > 0:
			f.Span = max(f.Span, reset)
			f.refills(now, sum, 0.97*float64(max(f.Limit, f.MostRemaining))/(float64(f.Span)/1e9))
			f.rebase(now, sum)
		}
		return
	}
	f.Span = max(f.Span, reset)
	if f.Run < minRun {
		return
	}
	spread := min(max(f.Span, minSpread), maxSpread)
	slope := float64(risen) / float64(max(took, 1)) * 1e12
	switch missing := f.MostRemaining - f.Remaining; {
	case missing <= f.noise()+1: // it was full meanwhile: more may have come back than can be seen
		if took >= minSpread/2 {
			f.Refill = max(f.Refill, int64(slope))
			f.rebase(now, sum)
		}
		return
	case took >= spread:
		f.Refill = max(int64(slope), 1)
	case took >= spread/4 && float64(f.Refill) < slope:
		f.Refill = int64(slope)
	}
	if now-f.NextAt >= spread {
		f.BaseAt, f.BaseSum, f.NextAt, f.NextSum = f.NextAt, f.NextSum, now, sum
	}
}

// recalled reports whether the refill rate is one that an earlier run saw, and this one has not gone on for long enough to
// see it.
func (f *flow) recalled() bool { return f.SeenAt < f.Recalled }

// quiet is for how long no rise says that nothing comes back just now.
func (f *flow) quiet() int64 {
	return max(4e12*max(f.Lump, 1)/max(f.Refill, 1), int64(100*time.Millisecond))
}

// refills takes in that quota comes back little by little, so many requests per second.
func (f *flow) refills(now, sum int64, perSecond float64) {
	f.Refills, f.Refill = 1, max(int64(perSecond*1000), 1)
	f.Period, f.Begun, f.Once = 0, 0, 0
	f.NextAt, f.NextSum = now, sum
}

func (f *flow) rebase(now, sum int64) {
	f.BaseAt, f.BaseSum, f.NextAt, f.NextSum, f.Rises, f.Flat = now, sum, now, sum, 0, 0
}

// lookBack finds out how long ago so many were accepted as are missing now. Of a sliding log that is its window.
func (c *Controller) lookBack(now int64, f *flow) {
	missing := f.Limit - f.Remaining
	if f.Refills == 0 || f.SeenAt != now || now-f.BackAt < fineBin || missing < smallBudget {
		return
	}
	f.BackAt = now
	d := c.trail.since(now, float64(missing))
	switch {
	case d == 0:
	case f.Back == 0:
		f.Back = d
	default:
		f.Back += (d - f.Back) / 8
	}
}

// slides reports whether so many were accepted within the window that was told as are missing.
func (f *flow) slides() bool {
	if f.Window > 0 {
		return max(f.Back, f.Window)-min(f.Back, f.Window) < f.Window/8
	}
	return f.Back > f.Span*7/8-int64(time.Second) && f.Back < f.Span*9/8
}

// slide bounds a pace by what a sliding log would allow. It says the same of a bucket that is nearly empty.
func (f *flow) slide(pace, spare float64) float64 {
	whole := f.MostRemaining <= f.Limit && f.MostRemaining >= f.Limit*4/5 // else Limit is not what is there when nothing is missing
	if !whole || f.Back < leastBack || f.Limit < smallLimit || f.Limit-f.Remaining < f.Limit/2 {
		return pace
	}
	most := float64(f.Limit-1) / (float64(f.Back) / 1e9)
	if f.Limit <= fewOfLog && f.slides() && spare > 0 {
		return logHeadroom * most
	}
	return min(max(pace, min(most, 1.1*pace)), most)
}

// refillPace lets go what refills, and what is there beyond a little that is kept for jitter. As long as much is there the
// limit is spread over its window: of a sliding log comes back what was sent a window ago, so that an estimate of the
// refill that is too low would confirm itself.
func (f *flow) refillPace(now, left int64) float64 {
	refill := float64(f.Refill) / 1000
	base := headroom * max(refill, float64(f.Limit)/max(float64(max(f.Span, f.Window))/1e9, 1))
	switch {
	case f.recalled():
		// From memory, a bucket is full, and a log comes into balance within its window: what is there at first is not
		// to be spent sooner than that.
		rest := max(float64(f.Recalled-now)/1e9, 0.5)
		return min(max(base, float64(left)/rest), recalledSurplus*base)
	case f.Run < minRun || now-f.RoseAt > f.quiet() && f.Flat > 2:
		return base // nothing comes back just now, as from a sliding log that was hardly used in the window before
	}
	spare := float64(left) + refill*float64(now-f.SeenAt)/1e9 - f.kept()
	spread := float64(min(max(f.Span, minSpread), maxSpread)) / 1e9
	if spare < 0 {
		spread = max(0.5, 3*float64(max(f.Lump, 1))/refill)
	}
	return f.slide(max(refill+spare/spread, min(base, spare), refill/3, 0.5), spare)
}
