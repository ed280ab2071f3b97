package pacing

import "time"

// SchemaVersion is the version of State. A store that finds another one starts the key afresh.
const SchemaVersion = 17

// Horizon is how far ahead of now a slot may be reserved. A caller whose slot lies further away is
// told to ask again, so that a single request is never starved by a batch that holds the future.
const Horizon = 200 * time.Millisecond

// MaxWindows is how many documented limits one key can have.
const MaxWindows = 4

// Params say how a key is to be paced: what a profile knows before anything was learned.
// The zero value works and means the defaults named at each field.
type Params struct {
	InitialRate    float64 // requests per second a new key starts at; 0 means 2
	MinRate        float64 // requests per second that cuts never go below; 0 means 0.1
	MaxRate        float64 // requests per second that growth never goes above; 0 means none
	IncreaseStep   float64 // requests per second added per accepted request once a ceiling is known; 0 means 0.1
	DecreaseFactor float64 // in (0, 1]: the deepest cut of one congestion event; 0 means 0.5
	NoSlowStart    bool    // climb by IncreaseStep even while no throttle has ever been seen
	Burst          int     // requests that may go at once after idling; 0 means 1
	MaxConcurrency int     // requests of one process in flight at once; 0 means no bound
	DefaultPause   time.Duration
	Windows        []Window // documented limits, at most MaxWindows: never exceeded, whatever was learned
	RequestRate    float64  // for units: requests per second that a key starts at, of whatever size they turn out to be; 0 means that InitialRate says it

	ready      bool // every default is filled in
	pauseGiven bool // DefaultPause was not left to its default
}

// A Window is a documented limit: at most Limit requests in any span of Per.
type Window struct {
	Limit int
	Per   time.Duration
}

// rate is how many requests per second the limit allows in the long run.
func (w Window) rate() float64 { return float64(w.Limit) / w.Per.Seconds() }

// WithDefaults returns p with every zero field at its documented default.
func (p *Params) WithDefaults() *Params {
	if p.ready {
		return p
	}
	d := *p
	d.fill()
	return &d
}

func (p *Params) fill() {
	p.ready, p.pauseGiven = true, p.DefaultPause != 0
	orElse(&p.InitialRate, 2)
	orElse(&p.MinRate, 0.1)
	orElse(&p.IncreaseStep, 0.1)
	orElse(&p.DecreaseFactor, 0.5)
	orElse(&p.Burst, 1)
	orElse(&p.DefaultPause, time.Second)
}

func orElse[T comparable](field *T, otherwise T) {
	var zero T
	if *field == zero {
		*field = otherwise
	}
}

// State is everything known about one key: what the gate counts with and what the controller remembers.
// It has a fixed size and holds no pointers, so that a store can keep it in a file or a database.
// Instants are nanoseconds of the store's clock; they mean nothing outside of it.
//
// The zero State is a key that was never opened; see [State.Open].
type State struct {
	Opened     int64 // 1 once Open has run
	Version    int64 // grows with every change
	Generation int64 // grows with every pause; a grant of an older one is void
	CutAt      int64 // the generation that the last cut began: a throttle of an older one is the same event

	Interval   int64 // ns between slots
	Burst      int64 // slots that may be taken at once after idling
	Next       int64 // theoretical arrival time of the next slot (GCRA)
	PauseUntil int64 // nobody sends before this instant
	InFlight   int64 // slots granted and not accounted for yet
	Scout      int64 // 0 none, scoutWanted, or the instant until which the scout's response is awaited
	Cycle      int64 // ns that those had waited who were served lately; 0 if the pace holds nobody back
	Priority   priorityState
	Hold       holdState
	cap        capState

	Controller Controller
	Counts     Counts

	SavedRate float64 // the rate when somebody was last told that the key is worth saving
	SavedAt   int64   // and when that was

	Windows [MaxWindows]windowState
	Budgets [MaxBudgets]budgetState
}

// Counts are what happened to a key since it was first learned.
type Counts struct {
	Sent      int64 // attempts granted and not given back
	Accepted  int64 // answers that were no throttle and no failure
	Throttled int64 // throttled because of a limit
	Events    int64 // congestion events: throttles that caused a cut
}

// Learned is what outlives the live state: what rates.yaml remembers of a key.
// Unlike State it holds wall-clock times, which mean something after a reboot.
type Learned struct {
	Rate         float64
	Ceiling      float64       // requests per second; 0 means none was ever met
	Burst        int           // requests that the server lets through at once after a pause
	Pause        time.Duration // what a throttle costs
	Whole        int64         // the least that a limit holds in all, as responses told; 0 if none did. Of the live state alone
	Budget       KnownBudget   // how the header budget moves that says how fast requests may go
	Concurrency  int           // requests in flight at once that the server allows; 0 if no such bound was met
	PausedUntil  time.Time
	LastThrottle time.Time
	Counts       Counts
	Sizes        Sizes // what requests take of a limit that does not count them
	Source       Source
	Updated      time.Time
	Cap          Cap       // that holds; of the live state, and of the user's caps
	UsedUntil    time.Time // requests may have been sent until then; kept for documented windows
}

// A KnownBudget is what is remembered of a header budget. The zero value is none.
type KnownBudget struct {
	ID     int64         // the Budget's
	Period time.Duration // of its window
	Refill float64       // requests per second that come back little by little; 0 where the window starts again
}

// Source says where a rate came from.
type Source int

// The sources of a rate.
const (
	SourceDefault Source = iota // the profile's initial rate, nothing learned yet
	SourceLearned               // moved by accepted responses and throttles
	SourceHeader                // a header named it
)

// String returns the name used in rates.yaml and in --json.
func (s Source) String() string {
	return [...]string{"default", "learned", "header"}[max(0, min(s, SourceHeader))]
}

// Open prepares a key that the store has never seen: at the profile's rate, or where recalled says
// the last run left off. A key of which nothing is known starts with one request, not with a burst.
// now is the store's clock, wall the same moment on the calendar.
func (s *State) Open(now int64, wall time.Time, p *Params, recalled *Learned) {
	d := p.WithDefaults()
	*s = State{Opened: 1, Version: 1, Generation: 1, CutAt: 1}
	s.Controller.Rate = d.InitialRate
	if recalled != nil && !recalled.Cap.Set.IsZero() {
		s.cap = capState{Rate: recalled.Cap.Rate, Set: recalled.Cap.Set.UnixNano()}
	}
	if recalled != nil && recalled.Rate == 0 {
		recalled = nil // nothing but a cap
	}
	if recalled != nil {
		s.recall(now, wall, d, recalled)
	}
	s.Adopt(p)
	s.emptyBucket(now)
	s.Controller.restart(now)
	s.Controller.HoldUntil = now + max(s.Controller.HoldUntil, minGap)
	if recalled != nil {
		s.recallWindows(now, wall, recalled)
		if s.Controller.Ceiling > 0 && s.Controller.width() <= nearlyFound {
			s.Controller.StageAt = now + int64(calmStart)
		}
	}
}

// MaxPause is the longest pause that is obeyed, from a server or from a file.
const MaxPause = 31 * 24 * time.Hour

func (s *State) recall(now int64, wall time.Time, p *Params, l *Learned) {
	s.Counts = l.Counts
	s.Controller.Sizes = l.Sizes
	s.Controller.recall(l, wall.Sub(l.Updated), p)
	s.Controller.Known.ID, s.Controller.Known.Period, s.Controller.Known.Refill = l.Budget.ID, int64(l.Budget.Period), int64(l.Budget.Refill*1000)
	if pause := l.PausedUntil.Sub(wall); pause > 0 && pause <= MaxPause {
		s.PauseUntil = now + int64(pause)
	}
	if !l.PausedUntil.IsZero() {
		s.Scout = scoutWanted // the last run ended in a pause: one request finds out whether it is over
		s.Controller.Endured = min(int64(l.Pause), int64(time.Minute))
	}
	if !l.LastThrottle.IsZero() {
		s.Controller.LastThrottle = l.LastThrottle.UnixNano()
	}
}

// Revive prepares a key from a state whose clock cannot be compared with this one any more: another
// boot wrote it, or it has not been used for long. then and wall0 are when it was written, by its own
// clock and on the calendar. Documented windows count as used up at that moment.
func (s *State) Revive(now int64, wall time.Time, p *Params, then int64, wall0 time.Time) {
	l := s.Learned(then, wall0)
	l.UsedUntil = wall0
	s.Open(now, wall, p, &l)
}

// Distrust counts every documented window as used up at now: what was sent before is not known.
func (s *State) Distrust(now int64) {
	for i := range s.Windows {
		s.Windows[i].fill(now)
	}
}

// Adopt makes the key follow p: bounds, burst and documented windows may have been edited since.
func (s *State) Adopt(p *Params) {
	d := p.WithDefaults()
	s.Controller.Rate = d.clamp(s.Controller.Rate)
	next := s.nextSlot()
	s.Burst, s.Interval = int64(d.Burst), s.interval()
	s.emptyBucket(next)
	for i := range s.Windows {
		var w Window
		if i < len(d.Windows) {
			w = d.Windows[i]
		}
		s.Windows[i].adopt(w)
	}
}

// clamp bounds a rate to [MinRate, MaxRate]; a zero MaxRate is no bound.
func (p *Params) clamp(rate float64) float64 {
	if p.MaxRate > 0 {
		rate = min(rate, p.MaxRate)
	}
	return max(rate, min(p.MinRate, p.maxRate()))
}

func (p *Params) maxRate() float64 {
	if p.MaxRate > 0 {
		return p.MaxRate
	}
	return Fastest
}

// Share is what one of several processes keeps to that cannot see each other: its part of a rate, and of
// the documented limits.
func (p *Params) Share(rate float64, peers int) *Params {
	n := float64(peers)
	q := *p.WithDefaults()
	q.MaxRate = q.clamp(rate) / n
	q.InitialRate = min(q.InitialRate/n, q.MaxRate)
	q.MinRate = min(q.MinRate/n, q.MaxRate)
	q.Burst = max(q.Burst/peers, 1)
	q.Windows = make([]Window, len(p.Windows))
	for i, w := range p.Windows {
		q.Windows[i] = Window{Limit: max(w.Limit/peers, 1), Per: w.Per}
	}
	return &q
}
