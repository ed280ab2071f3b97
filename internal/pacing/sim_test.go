package pacing

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// The simulator drives the pure gate and controller with many callers and one server: no goroutines, no
// clock, a second of it takes microseconds. Instants are ns.

// A load is who sends.
type load struct {
	inFlight int
	rtt      time.Duration // each way varies by 30 %
	duration time.Duration
	accepted int // stop after so many; 0 means at the end
	trace    func(now int64, l *Controller)
}

type outcome struct {
	accepted, throttled int
	last                int64 // when the last answer came
}

type flight struct {
	at       int64
	stage    int // 0 waits for its slot, 1 arrives, 2 is answered
	turn     Reservation
	paced    bool
	flying   int64
	ok       bool
	throttle time.Duration
	told     Budgets
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
	out := &outcome{}
	rnd := rand.New(rand.NewPCG(1, 2))
	var air flights
	now, wall := int64(1), wallStart()
	free, nextAsk, out0, flying := l.inFlight, int64(0), int64(0), int64(0)
	for now < int64(l.duration) && (l.accepted == 0 || out.accepted < l.accepted) {
		for free > 0 && nextAsk <= now && (s.Controller.Concurrency.Limit == 0 || out0 < s.Controller.Concurrency.Limit) {
			turn := s.Reserve(now, ReserveRequest{})
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
				r := srv.admit(a.at)
				a.ok, a.throttle = r.ok, r.retryAfter
				if t, ok := srv.(teller); ok {
					a.told.Add(t.tell(a.at))
				}
				a.stage, a.at = 2, a.at+int64(r.work)+oneWay(rnd, l.rtt)
				heap.Push(&air, a)
			default:
				free++
				ev := Event{Kind: Accepted, Generation: a.turn.Generation, Paced: a.paced, Wall: wall, InFlight: a.flying, Mark: a.turn.Mark, Budgets: &a.told}
				out0--
				flying--
				if a.ok {
					out.accepted++
					out.last = now
				} else {
					out.throttled++
					ev.Kind, ev.Pause = Throttled, a.throttle
				}
				before := s.Controller.Streak
				s.Apply(now, p, ev)
				if l.trace != nil && before > 0 && s.Controller.Streak == 0 {
					l.trace(now, &s.Controller)
				}
				nextAsk = min(nextAsk, now)
			}
		}
	}
	return out
}
