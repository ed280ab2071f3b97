package limiter

import (
	"container/heap"
	"fmt"
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
	perSecond         []int
	rates             []float64
	last              int64
}

// simulate drives a closed loop of inFlight callers against a server: the pure gate and law, no
// goroutines, no clock.
func simulate(s *State, p *Params, srv server, inFlight int, rtt, duration time.Duration, limit int) outcome {
	var out outcome
	var flying answers
	now, wall := int64(0), time.Unix(1_700_000_000, 0)
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
				for int64(len(out.perSecond)) <= now/1e9 {
					out.perSecond = append(out.perSecond, 0)
					out.rates = append(out.rates, 0)
				}
				out.perSecond[now/1e9]++
				out.rates[now/1e9] = s.Law.Rate
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

func TestSimTable(t *testing.T) {
	rows := []struct {
		name     string
		srv      server
		limit    float64
		inFlight int
		rtt, dur time.Duration
		burst    int
	}{
		{"bucket 20/s burst 5 RA1", &bucketServer{rate: 20, burst: 5, roundUp: true}, 20, 8, 2 * time.Millisecond, 13 * time.Second, 1},
		{"bucket 20/s burst 5 none", &bucketServer{rate: 20, burst: 5}, 20, 8, 2 * time.Millisecond, 13 * time.Second, 1},
		{"bucket 20/s burst 1 RA1", &bucketServer{rate: 20, burst: 1, roundUp: true}, 20, 8, 2 * time.Millisecond, 13 * time.Second, 1},
		{"bucket 3/s burst 10 RA", &bucketServer{rate: 3, burst: 10, roundUp: true}, 3, 16, 200 * time.Millisecond, 20 * time.Minute, 1},
		{"bucket 50/s burst 50 RA", &bucketServer{rate: 50, burst: 50, roundUp: true}, 50, 64, 200 * time.Millisecond, 20 * time.Minute, 1},
		{"bucket 10/s burst 1 none", &bucketServer{rate: 10, burst: 1}, 10, 64, 200 * time.Millisecond, 20 * time.Minute, 1},
		{"60 per 60 RA", &windowServer{n: 60, span: 60e9, named: true}, 1, 16, 200 * time.Millisecond, 40 * time.Minute, 1},
		{"600 per 60 none", &windowServer{n: 600, span: 60e9}, 10, 64, 200 * time.Millisecond, 40 * time.Minute, 1},
		{"5/s lock 30 RA", &lockServer{bucketServer: bucketServer{rate: 5, burst: 5}, lock: 30 * time.Second, named: true}, 5, 16, 200 * time.Millisecond, 60 * time.Minute, 1},
		{"5/s lock 30 none", &lockServer{bucketServer: bucketServer{rate: 5, burst: 5}, lock: 30 * time.Second}, 5, 16, 200 * time.Millisecond, 60 * time.Minute, 1},
		{"1000/s burst 100 none", &bucketServer{rate: 1000, burst: 100}, 1000, 512, 200 * time.Millisecond, 2 * time.Minute, 1},
	}
	for _, r := range rows {
		var s State
		p := &Params{Burst: r.burst}
		s.Open(0, time.Unix(1_700_000_000, 0), p, nil)
		o := simulate(&s, p, r.srv, r.inFlight, r.rtt, r.dur, 0)
		after5 := 0
		for i, n := range o.perSecond {
			if i >= 5 {
				after5 += n
			}
		}
		fmt.Printf("%-26s eff %5.1f%%  after5 %5.1f%% refused %d/%d = %.2f%% events %d rate %.2f ceil %.2f\n", r.name,
			100*float64(o.accepted)/(r.limit*r.dur.Seconds()), 100*float64(after5)/(r.limit*(r.dur.Seconds()-5)), o.refused, o.accepted+o.refused, 100*float64(o.refused)/float64(o.accepted+o.refused), s.Counts.Events, s.Law.Rate, s.Law.Ceiling)
		if r.dur < time.Minute {
			fmt.Println(o.perSecond)
		}
	}
}
