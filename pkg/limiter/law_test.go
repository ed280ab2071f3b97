package limiter

import (
	"container/heap"
	"testing"
	"time"
)

// A server admits or refuses at an instant, in ns; a refusal may name a pause.
type server interface {
	admit(now int64) (ok bool, retryAfter time.Duration)
}

// bucketServer is a token bucket; roundUp names whole seconds on a refusal, else nothing.
type bucketServer struct {
	rate, burst float64
	roundUp     bool
	tokens      float64
	at          int64
}

func (b *bucketServer) admit(now int64) (bool, time.Duration) {
	if b.at == 0 {
		b.tokens = b.burst
	}
	b.tokens = min(b.burst, b.tokens+float64(now-b.at)/1e9*b.rate)
	b.at = now
	if b.tokens >= 1 {
		b.tokens--
		return true, 0
	}
	if b.roundUp {
		return false, time.Second
	}
	return false, 0
}

// windowServer allows n per span, aligned on the clock.
type windowServer struct {
	n      int
	span   int64
	window int64
	used   int
	named  bool
}

func (w *windowServer) admit(now int64) (bool, time.Duration) {
	if i := now / w.span; i != w.window {
		w.window, w.used = i, 0
	}
	if w.used < w.n {
		w.used++
		return true, 0
	}
	if !w.named {
		return false, 0
	}
	left := time.Duration((w.window+1)*w.span - now)
	return false, (left + time.Second - 1).Truncate(time.Second)
}

// lockServer refuses everything for lock after a refusal.
type lockServer struct {
	bucketServer
	lock  time.Duration
	until int64
	named bool
}

func (l *lockServer) admit(now int64) (bool, time.Duration) {
	if now < l.until {
		return false, l.pause(now)
	}
	if ok, _ := l.bucketServer.admit(now); ok {
		return true, 0
	}
	l.until = now + int64(l.lock)
	return false, l.pause(now)
}

func (l *lockServer) pause(now int64) time.Duration {
	if !l.named {
		return 0
	}
	return time.Duration(l.until - now)
}

type answer struct {
	at     int64
	unsent bool // still waiting for its slot
	turn   Turn
	paced  bool
	ok     bool
	refuse time.Duration
}

type answers []answer

func (a answers) Len() int           { return len(a) }
func (a answers) Less(i, j int) bool { return a[i].at < a[j].at }
func (a answers) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *answers) Push(x any)        { *a = append(*a, x.(answer)) }
func (a *answers) Pop() any          { o := *a; x := o[len(o)-1]; *a = o[:len(o)-1]; return x }

type outcome struct {
	accepted, refused int
	last              int64 // when the last answer came, ns
}

func wallStart() time.Time { return time.Unix(1_700_000_000, 0) }

// simulate drives a closed loop of inFlight callers against a server: the pure gate and law, no
// goroutines, no clock.
func simulate(s *State, p *Params, srv server, inFlight int, rtt, duration time.Duration, limit int) outcome {
	var out outcome
	var flying answers
	now, wall := int64(0), wallStart()
	free, sent, nextAsk := inFlight, 0, int64(0)
	for now < int64(duration) && (limit == 0 || out.accepted < limit) {
		for free > 0 && nextAsk <= now {
			turn := s.Reserve(now, Ask{})
			if !turn.Granted {
				nextAsk = now + int64(turn.Wait)
				break
			}
			free--
			heap.Push(&flying, answer{at: now + int64(turn.Wait), turn: turn, unsent: true, paced: turn.Reason == ReasonRate && turn.Wait > 0})
		}
		next := now + int64(100*time.Millisecond)
		if free > 0 && nextAsk > now {
			next = min(next, nextAsk)
		}
		if len(flying) > 0 {
			next = min(next, flying[0].at)
		}
		now = max(next, now)
		for len(flying) > 0 && flying[0].at <= now {
			a := heap.Pop(&flying).(answer)
			if a.unsent && a.turn.Generation != s.Generation { // void: a pause came between
				s.Cancel(a.turn)
				free++
				continue
			}
			if a.unsent {
				sent++
				jitter := int64(sent%7-3) * int64(rtt) / 20
				arrive := a.at + int64(rtt)/2 + jitter
				a.unsent = false
				a.ok, a.refuse = srv.admit(max(arrive, 1))
				a.at = arrive + int64(rtt)/2
				heap.Push(&flying, a)
				continue
			}
			free++
			ev := Event{Kind: Accepted, Generation: a.turn.Generation, Paced: a.paced, Wall: wall}
			if a.ok {
				out.accepted++
				out.last = now
			} else {
				out.refused++
				ev.Kind, ev.Pause = Throttled, a.refuse
			}
			s.Apply(now, p, ev)
			nextAsk = min(nextAsk, now)
		}
	}
	return out
}

// The law in virtual time, against servers that name whole seconds, the exact time, or nothing. The
// bounds are what this law reaches with some room; the gauntlet to come measures it properly.
func TestLawAgainstServers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		srv      server
		limit    float64 // requests per second that the server allows in the long run
		inFlight int
		duration time.Duration
		atLeast  float64 // share of what the server allows
		refused  float64 // at most, share of what was sent
	}{
		{"bucket 20/s burst 5", &bucketServer{rate: 20, burst: 5, roundUp: true}, 20, 8, 10 * time.Minute, 0.9, 0.005},
		{"bucket 3/s burst 10", &bucketServer{rate: 3, burst: 10, roundUp: true}, 3, 16, 20 * time.Minute, 0.95, 0.015},
		{"bucket 50/s burst 50", &bucketServer{rate: 50, burst: 50, roundUp: true}, 50, 64, 20 * time.Minute, 0.95, 0.005},
		{"bucket 10/s burst 1, no header", &bucketServer{rate: 10, burst: 1}, 10, 64, 20 * time.Minute, 0.4, 0.01},
		{"60 per 60s", &windowServer{n: 60, span: 60e9, named: true}, 1, 16, 40 * time.Minute, 0.95, 0.015},
		{"600 per 60s, no header", &windowServer{n: 600, span: 60e9}, 10, 64, 40 * time.Minute, 0.7, 0.02},
		{"5/s, lock-out 30s", &lockServer{bucketServer: bucketServer{rate: 5, burst: 5}, lock: 30 * time.Second, named: true}, 5, 16, time.Hour, 0.7, 0.005},
		{"5/s, lock-out 30s, no header", &lockServer{bucketServer: bucketServer{rate: 5, burst: 5}, lock: 30 * time.Second}, 5, 16, time.Hour, 0.7, 0.01},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s State
			p := &Params{}
			s.Open(0, wallStart(), p, nil)
			o := simulate(&s, p, tt.srv, tt.inFlight, 200*time.Millisecond, tt.duration, 0)
			used := float64(o.accepted) / (tt.limit * tt.duration.Seconds())
			refused := float64(o.refused) / float64(o.accepted+o.refused)
			t.Logf("used %.1f %%, refused %.2f %%, %d events, holds %.2f/s", 100*used, 100*refused, s.Counts.Events, s.Law.Rate)
			if used < tt.atLeast || refused > tt.refused {
				t.Errorf("used %.3f and refused %.4f, want at least %v and at most %v", used, refused, tt.atLeast, tt.refused)
			}
		})
	}
}

// The second run starts where the first left off: nearly at full speed, and hardly refused.
func TestWarmStart(t *testing.T) {
	t.Parallel()
	p := &Params{}
	var cold, warm State
	cold.Open(0, wallStart(), p, nil)
	first := simulate(&cold, p, &bucketServer{rate: 20, burst: 5, roundUp: true}, 8, 20*time.Millisecond, time.Hour, 400)
	l := cold.Learned(first.last, wallStart())
	warm.Open(0, wallStart().Add(time.Minute), p, &l)
	second := simulate(&warm, p, &bucketServer{rate: 20, burst: 5, roundUp: true}, 8, 20*time.Millisecond, time.Hour, 400)
	if second.refused >= first.refused && second.refused > 0 {
		t.Errorf("refused %d at first and %d then, want fewer", first.refused, second.refused)
	}
	if second.last > first.last*95/100 {
		t.Errorf("took %v at first and %v then, want less", time.Duration(first.last), time.Duration(second.last))
	}
}

// Throttles that answer requests sent before a cut are one congestion event with it.
func TestOneCutPerCongestionEvent(t *testing.T) {
	t.Parallel()
	p := &Params{InitialRate: 100, NoSlowStart: true}
	var s State
	s.Open(0, wallStart(), p, nil)
	var turns []Turn
	for range 10 {
		turns = append(turns, s.Reserve(0, Ask{}))
	}
	for i, turn := range turns {
		v := s.Apply(int64(i)*1e6, p, Event{Kind: Throttled, Generation: turn.Generation, Pause: time.Second, Wall: wallStart()})
		if v.Cut != (i == 0) {
			t.Errorf("throttle %d: cut = %v, want only the first", i, v.Cut)
		}
	}
	if s.Law.Rate < 50 {
		t.Errorf("rate = %v/s after ten throttles of one event, want no less than half of 100", s.Law.Rate)
	}
	if s.Counts.Events != 1 || s.Counts.Throttled != 10 {
		t.Errorf("counts = %+v, want 1 event of 10 throttles", s.Counts)
	}
}

// Old knowledge fades towards the profile's own rate.
func TestTrustFades(t *testing.T) {
	t.Parallel()
	p := &Params{InitialRate: 2}
	last := 100.0
	for _, age := range []time.Duration{0, 24 * time.Hour, 7 * 24 * time.Hour, 60 * 24 * time.Hour} {
		var s State
		s.Open(0, wallStart().Add(age), p, &Learned{Rate: 100, Ceiling: 103, Updated: wallStart(), Source: SourceLearned})
		if age > 0 && s.Law.Rate >= last || s.Law.Rate < 2 {
			t.Errorf("after %v the rate is %v, want less than %v and at least 2", age, s.Law.Rate, last)
		}
		last = s.Law.Rate
	}
}

func TestStateRoundTrip(t *testing.T) {
	t.Parallel()
	p := &Params{InitialRate: 7, Windows: []Window{{Limit: 9, Per: time.Minute}, {Limit: 90, Per: time.Hour}}}
	var s, got State
	s.Open(5, wallStart(), p, &Learned{Rate: 8, Ceiling: 9, Updated: wallStart()})
	for i := range 5 {
		s.Reserve(int64(i)*1e9, Ask{})
	}
	b, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.UnmarshalBinary(b); err != nil || got != s {
		t.Errorf("UnmarshalBinary = %+v, %v, want %+v", got, err, s)
	}
}
