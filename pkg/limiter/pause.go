package limiter

import "time"

// leastPause is the shortest pause a header can name: a floored Retry-After says 0 for anything
// under a second.
const leastPause = 250 * time.Millisecond

// pauseFor is the time the server named, else what refusals were seen to last, else the default;
// twice as long for every refusal in a row, up to a minute, and longer where they last long. Who names too short a time again and again is believed
// less and less.
func (l *Law) pauseFor(p *Params, named time.Duration) time.Duration {
	if named > 0 {
		return min(max(named, min(leastPause<<min(l.Streak, 8), time.Minute), l.calm()), maxPause)
	}
	if rest := l.restOfWindow(); rest > 0 {
		return max(p.DefaultPause, rest)
	}
	unnamed := max(p.DefaultPause, l.lockout())
	return max(min(unnamed<<min(l.Streak, 6), max(unnamed, time.Minute)), l.calm(), l.patience())
}

// restOfWindow is how long the server's window lasts at least, if the last throttles showed that there is one: they came
// after the same number of requests, so this window ends no sooner than the one before.
func (l *Law) restOfWindow() time.Duration {
	if !l.sameWindow(0.05) || l.Span == 0 && !(l.timesDiffer() && l.inVain()) {
		return 0
	}
	return time.Duration((l.Last.Time + l.Last.least() - l.Now.Time - l.Now.Vain) * 1e9)
}

// lockout is the pause that was learned. Before it is believed it is tried once whether an eighth of it is
// enough: how long the first refusals lasted may have been for the overshoot before them.
func (l *Law) lockout() time.Duration {
	d := time.Duration(l.Lockout)
	switch {
	case d == 0 || l.Confirmed == 1:
		return d
	case l.Streak == 0:
		return d / 8
	}
	return d >> min(l.Streak, 6) // pauseFor doubles it as often
}

// learnLockout notes how long the refusals of a streak lasted, if no header said so.
func (l *Law) learnLockout(pause int64) {
	vain := l.Now.Vain * 1e9
	switch {
	case l.Named == 1:
	case l.Streak > 1:
		if l.Lockout > 0 {
			l.Confirmed = 1
		}
		l.Lockout = min(int64(max(1.05*vain, float64(pause)-vain)), int64(time.Minute))
	case l.Confirmed == 0 && l.Lockout > 0:
		l.Lockout = min(pause, l.Lockout)
	}
}

// calm is how long at least to pause after an aftershock: twice as long after each.
func (l *Law) calm() time.Duration {
	if !l.aftershock() {
		return 0
	}
	return min(time.Second<<min(l.Shocks, 8), time.Duration((l.Last.Time+l.Last.Pause)*1e9))
}

// patience is how long at least to pause after refusals that have lasted for long: a tenth of that time, and
// an hour at most. So little time is lost when they end, and a used-up day costs few dozen refusals.
func (l *Law) patience() time.Duration {
	return min(time.Duration(l.Now.Vain*1e8), time.Hour)
}

func (l *Law) refused(now int64, named bool) {
	if l.Streak == 0 {
		l.RefusedAt = now
	}
	l.Now.Vain = float64(now-l.RefusedAt) / 1e9
	l.Streak++
	l.Named = 0
	if named {
		l.Named = 1
	}
}
