package gauntlet

import (
	"container/heap"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// The yardsticks are constant paces in hindsight: of all that have at most this share throttled, the best.
const paceThrottled = 0.01

// constantPace sends evenly, whatever is answered: an arrival after the other, in the order in which
// the network delivers them, until some are accepted or, if requests is 0, for the row's duration.
func (r *row) constantPace(t *testing.T, rate float64, requests int) *result {
	var out *result
	synctest.Test(t, func(t *testing.T) {
		thisYear()
		span := r.Duration
		if requests > 0 {
			span = time.Duration(1.1*float64(requests)/rate*float64(time.Second)) + time.Minute
		}
		ctx, cancel := until(t, span)
		defer cancel()
		server, err := r.start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		sum := newTally(span)
		req, holds := request(ctx), r.Server.Latency.Base > 0
		arrive := func() {
			w := &answer{header: make(http.Header, 8), status: http.StatusOK}
			if w.serve(server, req) == nil {
				sum.note(w.status)
			}
		}
		for air := newAir(newNetwork(server, r.RTT), rate); !sum.enough(requests); {
			at := air.next()
			if at >= span {
				break
			}
			time.Sleep(at - time.Since(sum.begin))
			if holds {
				go arrive()
			} else {
				arrive()
			}
		}
		cancel()
		synctest.Wait()
		out = &sum.result
	})
	return out
}

// enough reports whether a job of so many requests is done, or cannot be done with few enough throttled.
func (t *tally) enough(requests int) bool {
	if requests == 0 {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.Accepted >= requests || float64(t.Throttled)*(1-paceThrottled) > paceThrottled*float64(requests)
}

// best is the most that a constant pace gets accepted. No pace above the mean of what is allowed has few
// enough throttled, and none is faster than the callers are.
func (r *row) best(t *testing.T) int {
	most, lowest := 0, r.lowest()
	mean := r.allowed() / r.Duration.Seconds()
	for part := min(1.06*mean, r.callers()) / lowest; part > 0.4; part -= 0.02 {
		if lowest*part*r.Duration.Seconds() < float64(most) {
			break // slower paces get less
		}
		if got := r.constantPace(t, lowest*part, 0); got.share() <= paceThrottled {
			most = max(most, got.Accepted)
		}
	}
	return most
}

// callers is how fast the callers are where nobody makes them wait, in requests per second.
func (r *row) callers() float64 {
	wire := r.RTT + r.Server.Latency.Base + r.Server.Latency.Jitter/2
	return float64(r.InFlight) / wire.Seconds()
}

// bestJob is the least time in which a constant pace gets the row's job done. Where what is allowed changes, no constant pace is any
// good: it is the time in which so many are allowed.
func (r *row) bestJob(t *testing.T) time.Duration {
	n := r.requests()
	if !r.steady() {
		return r.allowedAfter(float64(n))
	}
	best := time.Duration(1<<63 - 1)
	for rate := r.callers(); float64(n)/rate < best.Seconds(); rate *= 0.98 {
		if got := r.constantPace(t, rate, n); got.Accepted >= n && got.share() <= paceThrottled {
			best = min(best, got.Last+r.RTT/2)
		}
	}
	return best
}

// allowedAfter is the time after which so many requests are allowed.
func (r *row) allowedAfter(n float64) time.Duration {
	for at := time.Duration(0); ; at += time.Second {
		if n -= r.rateAt(at + time.Second/2); n <= 0 {
			return at + time.Second
		}
	}
}

// air holds what is on its way, and delivers it in order.
type air struct {
	wire *network
	gap  float64 // between two requests, in ns
	sent int
	list arrivals
}

func newAir(wire *network, rate float64) *air {
	return &air{wire: wire, gap: float64(time.Second) / rate}
}

// next returns when the next request arrives.
func (a *air) next() time.Duration {
	for {
		leaves := time.Duration(float64(a.sent) * a.gap)
		if len(a.list) > 0 && a.list[0] <= leaves {
			return heap.Pop(&a.list).(time.Duration)
		}
		heap.Push(&a.list, leaves+a.wire.oneWay())
		a.sent++
	}
}

type arrivals []time.Duration

func (a arrivals) Len() int           { return len(a) }
func (a arrivals) Less(i, j int) bool { return a[i] < a[j] }
func (a arrivals) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *arrivals) Push(x any)        { *a = append(*a, x.(time.Duration)) }
func (a *arrivals) Pop() any {
	o := *a
	x := o[len(o)-1]
	*a = o[:len(o)-1]
	return x
}
