package limiter

import (
	"math"
	"time"
)

// How the law moves. Fractions of a rate unless a unit is named; docs/limiter.md gives the reasons.
const (
	// climbGain is what a climb adds per accepted request. At rate r it grows by r·climbGain per
	// second, so the rate doubles every ln 2 / climbGain = 0.8 s.
	climbGain = 0.9
	// probeGain is the same when a search begins: 3 % a second.
	probeGain = 0.03
	// climbRest is where the rate rests after a climb, as a part of where it met the limit.
	climbRest = 0.5
	// headroom is where the law holds, as a part of the ceiling: jitter bunches requests.
	headroom = 0.97
	// lostTrack is how far above the ceiling nothing may be refused before the ceiling is forgotten.
	lostTrack = 1.25
	// probeShare is the share of the time that refusals caused by probing may cost.
	probeShare = 0.01
	// minGap and maxGap bound the time between two probes.
	minGap = 30 * time.Second
	maxGap = 2 * time.Hour
	// settled is how long a rate must have been held before a throttle counts as jitter.
	settled = int64(20 * time.Second)
	// rest is how long the rate stays where a cut left it before the limit is searched for again.
	rest = int64(5 * time.Second)
	// quickening is how long growth towards an unknown limit takes to become twice as bold.
	quickening = 5 * time.Second
)

// Law is what the law remembers of a key. Rates are requests per second, instants the store's.
type Law struct {
	Rate    float64 // what the gate paces at
	Ceiling float64 // the limit as far as it is known; 0 while no throttle was ever met
	Safe    float64 // below it the rate recovers by IncreaseStep, above it probes gently

	Since     int64 // start of the current measurement: the last pause's end, or the beginning
	Admitted  int64 // accepted since then
	HoldUntil int64 // no probe before this instant
	Gap       int64 // ns between probes; doubles when one fails
	Streak    int64 // pauses in a row after which the first request was refused again
	RefusedAt int64 // when the first refusal of the streak came
	Lockout   int64 // ns that refusals were seen to last where no header says so

	LastThrottle int64 // Unix ns, wall clock: for people and for rates.yaml
	From         int64 // Source
}

// An Event is what became of one granted request.
type Event struct {
	Kind       Kind
	Generation int64         // of the grant
	Count      int64         // for Accepted: how many requests it stands for; 0 means 1
	PacedCount int64         // of them, those that the pace had held back; for a Count of 0 see Paced
	Cost       int64         // slots charged beyond those granted: what net/http repeated by itself
	Pause      time.Duration // for Throttled and Overloaded; 0 means that none was named
	Paced      bool          // the request had to wait for its slot: the pace is what holds us back
	NoLearn    bool          // leave the rate alone; pauses hold all the same
	Wall       time.Time     // the caller's calendar, for LastThrottle
}

// Kind is what became of a granted request.
type Kind int

// The kinds of event.
const (
	Accepted   Kind = iota // answered; the limit had room
	Throttled              // refused because of a limit
	Overloaded             // the server is overloaded and asks for a pause: says nothing of the limit
	Failed                 // 5xx, or no answer: says nothing of the limit
)

// Verdict is what a caller wants to know after an event.
type Verdict struct {
	Cut        bool          // the event was a congestion event
	Scouted    bool          // the first answer after a pause has come: the others may go
	Paused     time.Duration // the pause now in force; 0 means none
	Rate       float64       // requests per second from now on
	RateBefore float64
	Material   bool // worth saving for the next run; of all processes one is told
}

// What makes a change worth saving.
const (
	materialMove  = 0.1                // part of the rate
	materialPause = 5 * time.Second    // a pause that should outlive a reboot
	materialAge   = int64(time.Minute) // of what was saved
)

// Apply takes in an event at now: first the gate's part, then the law's.
func (s *State) Apply(now int64, p *Params, ev Event) Verdict {
	d := p.withDefaults()
	before := s.Law.Rate
	s.Version++
	if ev.Cost > 0 {
		s.Counts.Sent += ev.Cost
		s.Next = max(s.Next, now) + ev.Cost*s.Interval
	}
	var v Verdict
	switch ev.Kind {
	case Accepted:
		v.Scouted = s.accepted(now, d, ev)
	case Throttled:
		v.Cut = s.throttled(now, d, ev)
	case Overloaded:
		s.pause(now, s.Law.pauseFor(d, ev.Pause))
	case Failed:
		s.releaseScout(ev.Generation)
	}
	if s.Law.Rate != before {
		s.setInterval()
	}
	v.Rate, v.RateBefore = s.Law.Rate, before
	v.Paused = time.Duration(max(0, s.PauseUntil-now))
	v.Material = s.material(now, &v)
	return v
}

// material reports whether a change is worth saving, and notes that it is about to be.
func (s *State) material(now int64, v *Verdict) bool {
	moved := v.Rate != v.RateBefore && math.Abs(v.Rate-s.SavedRate) >= materialMove*s.SavedRate
	if !v.Cut && !moved && v.Paused < materialPause && s.SavedAt != 0 && now-s.SavedAt < materialAge {
		return false
	}
	s.SavedRate, s.SavedAt = v.Rate, now
	return true
}

// accepted reports whether the answer was the one that everybody waited for.
func (s *State) accepted(now int64, p *Params, ev Event) (scouted bool) {
	count, paced := max(ev.Count, 1), ev.PacedCount
	if ev.Count == 0 && ev.Paced {
		paced = 1
	}
	s.Counts.Accepted += count
	if ev.Generation == s.Generation {
		scouted = s.Scout != 0
		s.Scout = 0
		s.Law.endStreak(now)
	}
	s.Law.Admitted += count
	if ev.NoLearn || ev.Generation < s.CutAt {
		return scouted
	}
	for range paced {
		s.Law.grow(now, p)
	}
	return scouted
}

// releaseScout lets another scout go: this one found out nothing.
func (s *State) releaseScout(generation int64) {
	if s.Scout > 0 && generation == s.Generation {
		s.Scout = scoutWanted
	}
}

// throttled reports whether the refusal is a congestion event of its own. One that answers a
// request sent before the last cut is part of that event: it may lengthen the pause, not cut again.
func (s *State) throttled(now int64, p *Params, ev Event) bool {
	s.Counts.Throttled++
	s.Law.LastThrottle = ev.Wall.UnixNano()
	if ev.Generation < s.CutAt {
		if end := now + int64(ev.Pause); ev.Pause > 0 && end > s.PauseUntil {
			s.pause(now, ev.Pause)
		}
		return false
	}
	s.Counts.Events++
	pause := s.Law.pauseFor(p, ev.Pause)
	if !ev.NoLearn && s.Law.Streak == 0 { // refused again after a pause: that was too short, not the rate too high
		s.Law.cut(now, pause, p)
	}
	s.Law.refused(now, ev.Pause == 0)
	s.pause(now, pause)
	s.CutAt = s.Generation
	s.Law.restart(s.PauseUntil)
	return true
}

// pauseFor is the time the server named, else what refusals were seen to last, else the default;
// twice as long for every refusal in a row. Who names too short a time again and again is believed
// less and less.
func (l *Law) pauseFor(p *Params, named time.Duration) time.Duration {
	if named > 0 {
		return min(max(named, min(leastPause<<min(l.Streak, 8), time.Minute)), maxPause)
	}
	unnamed := max(p.DefaultPause, time.Duration(l.Lockout))
	return min(unnamed<<min(l.Streak, 6), max(unnamed, time.Minute))
}

func (l *Law) refused(now int64, unnamed bool) {
	if l.Streak == 0 {
		l.RefusedAt = now
	}
	l.Streak++
	if !unnamed {
		l.RefusedAt = 0 // the server says how long: nothing to learn
	}
}

// endStreak learns how long refusals last from a streak of pauses that were too short.
func (l *Law) endStreak(now int64) {
	if l.Streak > 1 && l.RefusedAt > 0 {
		l.Lockout = min(now-l.RefusedAt, int64(time.Minute))
	}
	l.Streak = 0
}

// restart begins a new measurement at the instant at.
func (l *Law) restart(at int64) {
	l.Since, l.Admitted = at, 0
}

// grow raises the rate for one accepted request that the pace had held back.
func (l *Law) grow(now int64, p *Params) {
	l.From = int64(SourceLearned)
	switch {
	case l.Ceiling == 0 && !p.NoSlowStart:
		l.Rate += climbGain
	case l.Ceiling == 0 || l.Rate < l.Safe:
		l.Rate += p.IncreaseStep
	case l.Rate < l.Ceiling*headroom:
		l.Rate = min(l.Rate+l.step(now-l.Since, p), l.Ceiling*headroom)
	case now >= l.HoldUntil:
		l.Rate += l.step(now-l.HoldUntil+rest, p)
		l.forget()
	}
	l.Rate = p.clamp(l.Rate)
}

// step is what one accepted request adds while the limit is searched for: gently at first, twice as
// boldly every few seconds that nothing is refused, never more than the profile's own step.
func (l *Law) step(since int64, p *Params) float64 {
	if since < rest {
		return 0
	}
	return min(p.IncreaseStep, probeGain*math.Exp2(float64(since-rest)/float64(quickening)))
}

// forget drops a ceiling that is well behind: the limit has risen, so climb again.
func (l *Law) forget() {
	if l.Rate > l.Ceiling*lostTrack {
		l.Ceiling, l.Safe, l.Gap = 0, 0, 0
	}
}

// cut lowers the rate for one congestion event, and learns from it where the ceiling is.
func (l *Law) cut(now int64, pause time.Duration, p *Params) {
	was, ended := l.Rate, now-l.Since
	probing := now >= l.HoldUntil
	switch {
	case l.Ceiling == 0:
		l.endClimb(p)
	case ended < settled:
		l.measure(ended, pause)
	case int64(pause) > ended/50:
		l.settle(l.lower(ended, pause)) // a window: what it gives in all is what counts
	case probing:
		l.Rate = min(l.Safe, was*headroom) // the ceiling is still where it was
	default:
		l.settle(was * headroom) // held for long and refused now: jitter, or a limit that fell a little
	}
	if probing {
		l.Gap *= 2
	}
	l.Gap = min(max(l.Gap, int64(minGap), int64(float64(pause)/probeShare)), int64(maxGap))
	l.HoldUntil = now + int64(pause) + l.Gap
	l.Rate = min(was, max(p.clamp(l.Rate), was*p.DecreaseFactor, p.MinRate))
	l.From = int64(SourceLearned)
}

// endClimb: the climb went past the limit before the refusal told. Nothing was refused on the way,
// so all that is known is that the limit lies below this rate.
func (l *Law) endClimb(p *Params) {
	l.Ceiling = l.Rate
	l.Rate *= max(climbRest, p.DecreaseFactor)
	l.Safe = l.Rate
}

// measure counts what the server admitted since the last pause: n requests in t. Where it let
// requests pile up during the pause too (windows), n/(t+pause) is its limit; where it did not (a
// small bucket), n/t is a little above. The longer t is against the pause, the nearer the two.
func (l *Law) measure(t int64, pause time.Duration) {
	n, seconds := float64(l.Admitted), float64(t)/1e9
	if n == 0 || seconds <= 0 {
		l.Rate, l.Safe = 0, 0 // refused at once: as deep as the profile allows
		return
	}
	lower, upper := l.lower(t, pause), min(n/seconds, l.Rate)
	weight := seconds / (seconds + pause.Seconds())
	l.Ceiling = lower + max(0, upper-lower)*weight*math.Sqrt(weight)
	l.Rate = headroom * l.Ceiling
	l.Safe = l.Rate
}

// lower is what a server surely admits: what it did admit, over all the time that it took.
func (l *Law) lower(t int64, pause time.Duration) float64 {
	return float64(l.Admitted) / (float64(t)/1e9 + pause.Seconds())
}

// settle holds at a rate.
func (l *Law) settle(rate float64) {
	l.Rate, l.Safe, l.Ceiling = rate, rate, rate/headroom
}

// recall starts from what an earlier run learned. The older it is, the more carefully it is used:
// a rate above the profile's own loses half of what it is ahead every two weeks.
func (l *Law) recall(from *Learned, age time.Duration, p *Params) {
	l.From = int64(from.Source)
	l.Rate, l.Ceiling = from.Rate, from.Ceiling
	if ahead := from.Rate - p.InitialRate; ahead > 0 && age > 0 {
		l.Rate = p.InitialRate + ahead*math.Exp2(-age.Hours()/(14*24))
	}
	l.Safe = max(l.Rate, headroom*l.Ceiling)
	l.Gap = int64(minGap)
}
