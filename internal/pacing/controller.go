package pacing

import (
	"math"
	"time"
)

// Controller is the state of the AIMD controller of a key. Rates are requests per second, instants the store's.
// adjust.go moves the rate, and feedback.go decides what follows from a throttle.
type Controller struct {
	Rate      float64 // what the gate paces at
	Target    float64 // where the rate is going, by IncreaseStep
	Low       float64 // the highest rate that was not throttled
	Ceiling   float64 // the lowest rate that was throttled, or the limit where it was measured; 0 while no throttle was ever met
	ProbeStep float64 // what the present step of a probe adds, as a part of the rate; 0 while none is going on
	Burst     float64 // requests that the server lets through beyond its limit after a pause; 0 while unknown
	Span      float64 // seconds of the server's window, where it has one; else 0

	Since           int64   // when the current measurement began: the last pause's end
	Admitted        int64   // accepted since then
	StageAt         int64   // when the rate reached Target
	Staged          int64   // accepted since then
	ProbeAt         int64   // when the probe began
	Probed          int64   // accepted since then
	ThrottleCost    int64   // ns, what a throttle costs: the longest pause of late
	HoldUntil       int64   // no probe before this instant
	Gap             int64   // ns between probes; doubles when one fails
	Started         float64 // Rate when the measurement began
	PreviousCeiling float64 // Ceiling before a probe seemed to show that the limit has risen; 0 if none did
	ProbeExcess     float64 // requests that the probe got beyond Was
	PreviousGap     int64   // Gap before it
	FailedProbes    int64   // probes that failed since the limit was measured
	FailedProbe     float64 // the rate at which the last probe was throttled; 0 if the limit was found since

	Streak           int64       // throttles in a row since ThrottledAt, the pauses between them too short
	ThrottledAt      int64       // when the first throttle of the streak came
	ServerNamedPause int64       // 1 if a header said how long to pause
	Lockout          int64       // ns that throttles were seen to last where no header says so
	Trusted          int64       // 1 as long as no throttle has tested what was remembered from the last day
	Endured          int64       // ns that the throttles had lasted in which an earlier run ended; 0 once a request was accepted
	Confirmed        int64       // 1 if a shorter pause than Lockout was tried without success
	Aftershocks      int64       // throttles in a row that were aftershocks
	Aftershock       float64     // what the last of them measured
	Now, Last        Measurement // what the throttles of this streak and of the one before ended

	LastThrottle int64 // Unix ns, wall clock: for people and for rates.yaml
	RateSource   int64 // Source

	Concurrency Concurrency

	BudgetRate float64                            // the most requests per second that header budgets allow just now; 0 if they have no say
	Explained  int64                              // throttles in a row that a budget explained
	Promised   float64                            // requests per second, of a limit that a header tells without what is left; 0 if none does
	Known      struct{ ID, Period, Refill int64 } // of a flow, from an earlier run
	flows      [MaxBudgets]flow

	Fits         int64         // throttles that the model looked into
	Throttles    throttleTimes // the newest of them
	Kind         int64         // the LimitKind that explains them
	Likelihood   float64       // how likely it is
	WindowLength float64       // seconds of its window, if it has one
	High         float64       // the rate of the newest
	Top          float64       // and of the first
	LongestPause float64       // seconds of the longest pause that a header named
	trail        trail

	Sizes Sizes // of requests, of a limit that counts something else; see unit.go

	Looks    int64   // see look.go: how many found no more since the limit was seen to rise
	LookFrom float64 // the rate at which the look began that is going on; 0 while none is

	Doubted, DoubtedLow float64 // Ceiling and Low that are put to the test; 0 while none are, see doubt.go
}

// An Event is what became of one granted request.
type Event struct {
	Kind       Kind
	Paced      bool          // the request had to wait for its slot: the pace is what holds us back
	Doubt      bool          // what was charged to this limit may have been another's: put it to the test
	NoLearn    bool          // leave the rate alone; pauses hold all the same
	Generation int64         // of the grant
	Mark       int64         // of the grant
	Granted    int64         // slots that were granted; 0 means Count
	Count      int64         // for Accepted: how many requests it stands for; 0 means 1
	PacedCount int64         // of them, those that the pace had held back; for a Count of 0 see Paced
	Cost       int64         // slots charged beyond those granted: what net/http repeated by itself
	Pause      time.Duration // for Throttled and Overloaded; 0 means that none was named
	InFlight   int64         // how many of the process's requests were in flight when it was sent, itself included
	Took       time.Duration // from sending the request to its response; 0 if that is not known
	Sizes      Sizes         // what requests take of late; the zero value where slots are requests
	Budgets    *Budgets      // what the response says is left; nil if it says nothing
	Wall       time.Time     // the caller's calendar, for LastThrottle
}

// Kind is what became of a granted request.
type Kind int8

// The kinds of event.
const (
	Accepted   Kind = iota // answered; the limit had room
	Throttled              // throttled because of a limit
	Overloaded             // the server is overloaded and asks for a pause: says nothing of the limit
	Failed                 // 5xx, or no response: says nothing of the limit
)

// Update is what a caller wants to know after an event.
type Update struct {
	Cut        bool          // the event was a congestion event
	Eased      bool          // a budget that seemed used up is not
	Scouted    bool          // the first response after a pause has come: the others may go
	Paused     time.Duration // the pause now in force; 0 means none
	Rate       float64       // requests per second from now on
	RateBefore float64
	Material   bool  // worth saving for the next run; of all processes one is told
	Advanced   bool  // the next slot may come sooner than at the rate of before, which was a guess
	ByNext     bool  // the rate depends on when the next slot comes
	Slots      int64 // requests of one process that may be in flight at once; 0 means that no such bound was met
	Insight    Diagnostics
}

// What makes a change worth saving.
const (
	materialMove  = 0.1                // part of the rate
	materialPause = 5 * time.Second    // a pause that should outlive a reboot
	materialAge   = int64(time.Minute) // of what was saved
)

// Apply takes in an event at now: first the gate's part, then the controller's.
func (s *State) Apply(now int64, p *Params, ev Event) (v Update) {
	d := p.WithDefaults()
	before, paced, interval := s.Controller.Rate, s.Controller.BudgetRate, s.Interval
	s.Version++
	s.noteSizes(d, &ev)
	if ev.Cost > 0 {
		s.charge(now, ev.Cost)
	}
	granted := ev.Granted
	if granted == 0 {
		granted = max(ev.Count, 1)
	}
	s.InFlight = max(s.InFlight-granted, 0)
	if ev.Doubt && !ev.NoLearn {
		s.Controller.doubt(now)
	}
	switch ev.Kind {
	case Accepted:
		v.Scouted = s.accepted(now, d, &ev)
	case Throttled:
		v.Cut = s.throttled(now, d, &ev)
	case Overloaded:
		s.pause(now, s.Controller.pauseFor(d, ev.Pause))
	case Failed:
		s.releaseScout(ev.Generation)
	}
	if ev.Budgets != nil {
		v.Eased = s.observe(now, d, &ev, &v)
	}
	v.ByNext = s.applyBudgets(now, d)
	if s.Controller.Rate != before || s.Controller.BudgetRate != paced {
		s.setInterval()
	}
	v.Advanced = s.advance(now, interval)
	v.Rate, v.RateBefore, v.Slots = s.Controller.Rate, before, s.Controller.Concurrency.Limit
	s.insight(now, d, &v.Insight)
	v.Paused = time.Duration(max(0, s.PauseUntil-now))
	v.Material = s.material(now, &v)
	return v
}

// material reports whether a change is worth saving, and notes that it is about to be.
func (s *State) material(now int64, v *Update) bool {
	moved := v.Rate != v.RateBefore && math.Abs(v.Rate-s.SavedRate) >= materialMove*s.SavedRate
	if !v.Cut && !moved && v.Paused < materialPause && s.SavedAt != 0 && now-s.SavedAt < materialAge {
		return false
	}
	s.SavedRate, s.SavedAt = v.Rate, now
	return true
}

// accepted reports whether the response was the one that everybody waited for.
func (s *State) accepted(now int64, p *Params, ev *Event) (scouted bool) {
	count, paced := max(ev.Count, 1), ev.PacedCount
	if ev.Count == 0 && ev.Paced {
		paced = 1
	}
	s.Counts.Accepted += count
	if ev.Generation == s.Generation {
		scouted = s.Scout != 0
		s.Scout = 0
		s.Controller.Endured = 0
		s.Controller.resume(p)
	}
	switch {
	case ev.Generation >= s.CutAt:
		s.Controller.trace(now, count)
		s.Controller.Admitted += count
		if s.Controller.Explained > 0 && float64(s.Controller.Admitted) > s.Controller.vindicated() {
			s.Controller.Explained = 0
		}
		s.Controller.Probed += count
	case ev.Generation == s.CutAt-1:
		s.Controller.Now.Count += float64(count) // sent before the throttle
		s.Controller.trace(now, count)
	}
	if ev.NoLearn || ev.Generation < s.CutAt {
		return scouted
	}
	s.Controller.Concurrency.admit(ev.requestsInFlight(), ev.Took)
	if s.heldBack() {
		return scouted
	}
	s.Controller.increases(now, p, paced)
	return scouted
}

// releaseScout lets another scout go: this one found out nothing.
func (s *State) releaseScout(generation int64) {
	if s.Scout > 0 && generation == s.Generation {
		s.Scout = scoutWanted
	}
}

// throttled reports whether the throttle is a congestion event of its own. One that answers a
// request sent before the last cut is part of that event: it may lengthen the pause, not cut again.
func (s *State) throttled(now int64, p *Params, ev *Event) bool {
	s.Counts.Throttled++
	s.Controller.LastThrottle = ev.Wall.UnixNano()
	if ev.Generation < s.CutAt {
		if end := now + int64(ev.Pause); ev.Pause > 0 && end > s.PauseUntil {
			s.pause(now, ev.Pause)
			s.Controller.restart(s.PauseUntil)
		}
		return false
	}
	s.Counts.Events++
	if !ev.NoLearn && s.explained(now, ev) {
		s.Controller.Explained++
		s.pause(now, max(ev.Pause, MinPause<<min(s.Controller.Explained-1, 4)))
		s.CutAt = s.Generation
		s.Controller.restart(s.PauseUntil)
		return true
	}
	if !ev.NoLearn {
		s.Controller.noteInFlight(ev.requestsInFlight(), ev.Took)
		s.meetCap()
		s.Controller.decrease(now, p)
	}
	pause := s.Controller.pauseFor(p, ev.Pause)
	s.Controller.LongestPause = max(s.Controller.LongestPause, ev.Pause.Seconds())
	s.Controller.noteThrottle(now, ev.Pause > 0)
	s.pause(now, pause)
	s.CutAt = s.Generation
	s.Controller.restart(s.PauseUntil)
	return true
}

// restart begins a new measurement at the instant at.
func (c *Controller) restart(at int64) {
	c.Since, c.Admitted, c.StageAt = at, 0, at
}
