package limiter

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"
)

// The simulator drives the pure gate and law with many callers and one server: no goroutines, no
// clock, a second of it takes microseconds. Instants are ns.

// A server admits or refuses at an instant. A refusal may name a pause; an admitted request is worked
// on for some time.
type server interface {
	admit(now int64) (ok bool, retryAfter, work time.Duration)
}

// named says how a server spells its waits: not at all, in whole seconds rounded up, or as they are.
type named int

const (
	silent named = iota
	wholeSeconds
	exact
)

func (n named) of(wait int64) time.Duration {
	d := time.Duration(max(wait, 1))
	switch n {
	case wholeSeconds:
		return (d + time.Second - 1).Truncate(time.Second)
	case exact:
		return d
	}
	return 0
}

// bucketServer is a token bucket whose rate may change.
type bucketServer struct {
	rate, burst float64
	rates       func(now int64) float64 // instead of rate
	named       named
	tokens      float64
	at          int64
}

func (b *bucketServer) refill(now int64) float64 {
	rate := b.rate
	if b.rates != nil {
		rate = b.rates(now)
	}
	if b.at == 0 {
		b.tokens = b.burst
	}
	b.tokens = min(b.burst, b.tokens+float64(now-b.at)/1e9*rate)
	b.at = now
	return rate
}

func (b *bucketServer) admit(now int64) (bool, time.Duration, time.Duration) {
	rate := b.refill(now)
	if b.tokens >= 1 {
		b.tokens--
		return true, 0, 0
	}
	return false, b.named.of(int64((1 - b.tokens) / rate * 1e9)), 0
}

// strictServer wants a whole gap since the last admitted request, as nginx's limit_req does.
type strictServer struct {
	gap, last int64
	named     named
}

func (s *strictServer) admit(now int64) (bool, time.Duration, time.Duration) {
	if s.last != 0 && now-s.last < s.gap {
		return false, s.named.of(s.last + s.gap - now), 0
	}
	s.last = now
	return true, 0, 0
}

// windowServer allows n per span, aligned on the clock or opened by a request.
type windowServer struct {
	n      int
	span   int64
	opens  bool
	named  named
	start  int64
	used   int
	opened bool
}

func (w *windowServer) admit(now int64) (bool, time.Duration, time.Duration) {
	switch {
	case w.opens && (!w.opened || now-w.start >= w.span):
		w.start, w.used, w.opened = now, 0, true
	case !w.opens && now-now%w.span != w.start:
		w.start, w.used = now-now%w.span, 0
	}
	if w.used < w.n {
		w.used++
		return true, 0, 0
	}
	return false, w.named.of(w.start + w.span - now), 0
}

// rollingServer allows n in any span; it may count refused requests too.
type rollingServer struct {
	n      int
	span   int64
	named  named
	counts bool
	log    []int64
}

func (r *rollingServer) admit(now int64) (bool, time.Duration, time.Duration) {
	for len(r.log) > 0 && r.log[0] <= now-r.span {
		r.log = r.log[1:]
	}
	if len(r.log) < r.n {
		r.log = append(r.log, now)
		return true, 0, 0
	}
	wait := r.log[len(r.log)-r.n] + r.span - now
	if r.counts {
		r.log = append(r.log, now)
	}
	return false, r.named.of(wait), 0
}

// slidingServer estimates a rolling window from two counters.
type slidingServer struct {
	n         int
	span      int64
	named     named
	window    int64
	last, cur int
}

func (s *slidingServer) admit(now int64) (bool, time.Duration, time.Duration) {
	switch i := now / s.span; {
	case i == s.window+1:
		s.window, s.last, s.cur = i, s.cur, 0
	case i > s.window:
		s.window, s.last, s.cur = i, 0, 0
	}
	into := float64(now%s.span) / float64(s.span)
	if float64(s.last)*(1-into)+float64(s.cur) < float64(s.n) {
		s.cur++
		return true, 0, 0
	}
	return false, s.named.of(s.span / int64(s.n)), 0
}

// lockServer refuses everything for lock after a refusal; a try may begin it anew.
type lockServer struct {
	server
	lock     time.Duration
	restarts bool
	until    int64
	named    named
}

func (l *lockServer) admit(now int64) (bool, time.Duration, time.Duration) {
	if now < l.until {
		if l.restarts {
			l.until = now + int64(l.lock)
		}
		return false, l.named.of(l.until - now), 0
	}
	if ok, _, _ := l.server.admit(now); ok {
		return true, 0, 0
	}
	l.until = now + int64(l.lock)
	return false, l.named.of(int64(l.lock)), 0
}

// capServer works on n requests at a time.
type capServer struct {
	n    int
	work func() time.Duration
	ends []int64
}

func steadily(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

// between varies evenly.
func between(least, most time.Duration) func() time.Duration {
	rnd := rand.New(rand.NewPCG(5, 6))
	return func() time.Duration { return least + time.Duration(rnd.Int64N(int64(most-least))) }
}

func (c *capServer) admit(now int64) (bool, time.Duration, time.Duration) {
	busy := c.ends[:0]
	for _, end := range c.ends {
		if end > now {
			busy = append(busy, end)
		}
	}
	c.ends = busy
	if len(busy) >= c.n {
		return false, 0, 0
	}
	work := c.work()
	c.ends = append(c.ends, now+int64(work))
	return true, 0, work
}

// bothServer admits what two servers admit. The second is charged only if the first agreed.
type bothServer struct{ a, b server }

func (s *bothServer) admit(now int64) (bool, time.Duration, time.Duration) {
	if ok, wait, work := s.a.admit(now); !ok {
		return ok, wait, work
	}
	return s.b.admit(now)
}

// rivalServer has another client, who sends evenly at a rate that may change.
type rivalServer struct {
	server
	rate func(now int64) float64
	next int64
}

func (r *rivalServer) admit(now int64) (bool, time.Duration, time.Duration) {
	for r.next < now {
		rate := r.rate(r.next)
		if rate > 0 {
			r.server.admit(max(r.next, 1))
		}
		r.next += int64(1e9 / max(rate, 1))
	}
	return r.server.admit(now)
}

// tellingServer says in every answer what is left of its window, rounded as servers do.
type tellingServer struct {
	windowServer
	round func(time.Duration) time.Duration // of the reset
}

// A teller says in its answers what is left.
type teller interface{ tell(now int64) Budget }

func (t *tellingServer) tell(now int64) Budget {
	return Budget{
		Name: "X-Ratelimit-Remaining", ID: 1, Limit: int64(t.n), Left: int64(max(t.n-t.used, 0)),
		Reset: t.round(time.Duration(t.start + t.span - now)),
	}
}

func roundUp(d time.Duration) time.Duration   { return (d + time.Second - 1).Truncate(time.Second) }
func roundDown(d time.Duration) time.Duration { return d.Truncate(time.Second) }

// A load is who sends.
type load struct {
	inFlight int
	rtt      time.Duration // each way varies by 30 %
	duration time.Duration
	accepted int // stop after so many; 0 means at the end
	trace    func(now int64, l *Law)
}

type outcome struct {
	accepted, refused int
	last              int64   // when the last answer came
	seconds           []int32 // accepted in each second
	refusals          []int64 // when
	rates             []float64
}

func (o *outcome) refusedShare() float64 {
	return float64(o.refused) / max(float64(o.accepted+o.refused), 1)
}

// between counts what was accepted in a span.
func (o *outcome) between(from, to time.Duration) int {
	n := 0
	for i := int(from / time.Second); i < min(int(to/time.Second), len(o.seconds)); i++ {
		n += int(o.seconds[i])
	}
	return n
}

type flight struct {
	at     int64
	stage  int // 0 waits for its slot, 1 arrives, 2 is answered
	turn   Turn
	paced  bool
	flying int64
	ok     bool
	refuse time.Duration
	told   Budgets
}

type flights []flight

func (a flights) Len() int           { return len(a) }
func (a flights) Less(i, j int) bool { return a[i].at < a[j].at }
func (a flights) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *flights) Push(x any)        { *a = append(*a, x.(flight)) }
func (a *flights) Pop() any          { o := *a; x := o[len(o)-1]; *a = o[:len(o)-1]; return x }

func wallStart() time.Time { return time.Unix(1_700_000_000, 0) }

// oneWay is a delay of half a round trip, give or take 30 %.
func oneWay(r *rand.Rand, rtt time.Duration) int64 {
	return int64(float64(rtt) / 2 * (0.7 + 0.6*r.Float64()))
}

// simulate drives a closed loop of callers.
func simulate(s *State, p *Params, srv server, l load) *outcome {
	out := &outcome{seconds: make([]int32, int(l.duration/time.Second)+2)}
	rnd := rand.New(rand.NewPCG(1, 2))
	var air flights
	now, wall := int64(1), wallStart()
	free, nextAsk, sample, out0, flying := l.inFlight, int64(0), int64(0), int64(0), int64(0)
	for now < int64(l.duration) && (l.accepted == 0 || out.accepted < l.accepted) {
		for free > 0 && nextAsk <= now && (s.Law.Crowd.Slots == 0 || out0 < s.Law.Crowd.Slots) {
			turn := s.Reserve(now, Ask{})
			if !turn.Granted {
				nextAsk = now + int64(turn.Wait)
				break
			}
			free--
			out0++
			heap.Push(&air, flight{at: now + int64(turn.Wait), turn: turn, paced: turn.Reason == ReasonRate && turn.Wait > 0})
		}
		next := now + int64(100*time.Millisecond)
		if free > 0 && nextAsk > now {
			next = min(next, nextAsk)
		}
		if len(air) > 0 {
			next = min(next, air[0].at)
		}
		now = max(next, now)
		for ; sample < now; sample += 1e9 {
			out.rates = append(out.rates, s.Law.Rate)
		}
		for len(air) > 0 && air[0].at <= now {
			a := heap.Pop(&air).(flight)
			switch {
			case a.stage == 0 && a.turn.Generation != s.Generation: // void: a pause came between
				s.Cancel(a.turn)
				free++
				out0--
			case a.stage == 0:
				flying++
				a.stage, a.at, a.flying = 1, a.at+oneWay(rnd, l.rtt), flying
				heap.Push(&air, a)
			case a.stage == 1:
				var work time.Duration
				a.ok, a.refuse, work = srv.admit(a.at)
				if t, ok := srv.(teller); ok {
					a.told.add(t.tell(a.at))
				}
				a.stage, a.at = 2, a.at+int64(work)+oneWay(rnd, l.rtt)
				heap.Push(&air, a)
			default:
				free++
				ev := Event{Kind: Accepted, Generation: a.turn.Generation, Paced: a.paced, Wall: wall, InFlight: a.flying, Mark: a.turn.Mark, Budgets: &a.told}
				out0--
				flying--
				if a.ok {
					out.accepted++
					out.seconds[now/1e9]++
					out.last = now
				} else {
					out.refused++
					out.refusals = append(out.refusals, now)
					ev.Kind, ev.Pause = Throttled, a.refuse
				}
				before := s.Law.Streak
				s.Apply(now, p, ev)
				if l.trace != nil && before > 0 && s.Law.Streak == 0 {
					l.trace(now, &s.Law)
				}
				nextAsk = min(nextAsk, now)
			}
		}
	}
	return out
}

// constantPace sends evenly, whatever is answered.
func constantPace(srv server, rate float64, l load) (accepted, refused int) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var air flights
	gap := 1e9 / rate
	for k := 0; ; k++ {
		at := int64(float64(k)*gap) + 1
		if at > int64(l.duration) {
			return accepted, refused
		}
		heap.Push(&air, flight{at: at + oneWay(rnd, l.rtt)})
		for len(air) > 0 && air[0].at <= at {
			a := heap.Pop(&air).(flight)
			if ok, _, _ := srv.admit(a.at); ok {
				accepted++
			} else {
				refused++
			}
		}
	}
}

// bestPace returns what the best constant pace in hindsight has accepted, with at most 1 % refused.
func bestPace(mk func() server, nominal float64, l load) (accepted int) {
	for f := 0.3; f <= 1.3; f += 0.02 {
		a, r := constantPace(mk(), nominal*f, l)
		if float64(r) <= 0.01*float64(a+r) {
			accepted = max(accepted, a)
		}
	}
	return accepted
}

// changing returns a rate that changes at given seconds.
func changing(rates ...float64) func(int64) float64 {
	return func(now int64) float64 {
		rate := rates[0]
		for i := 1; i+1 < len(rates); i += 2 {
			if float64(now)/1e9 >= rates[i] {
				rate = rates[i+1]
			}
		}
		return rate
	}
}

// swinging returns a rate that swings between 0 and top.
func swinging(top, period float64) func(int64) float64 {
	return func(now int64) float64 {
		return top * (1 - math.Cos(2*math.Pi*float64(now)/1e9/period)) / 2
	}
}
