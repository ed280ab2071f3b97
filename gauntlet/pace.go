package gauntlet

import (
	"container/heap"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// constantPace sends evenly, whatever is answered: an arrival after the other, in the order in which
// the network delivers them.
func (r *row) constantPace(t *testing.T, rate float64) *result {
	var out *result
	synctest.Test(t, func(t *testing.T) {
		thisYear()
		ctx, cancel := until(t, r.Duration)
		defer cancel()
		server, err := r.start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		sum := newTally(r.Duration)
		wire := newNetwork(server, r.RTT)
		req, holds := request(ctx), r.Server.Latency.Base > 0
		arrive := func() {
			w := &answer{header: make(http.Header, 8), status: http.StatusOK}
			if w.serve(server, req) == nil {
				sum.note(w.status)
			}
		}
		for air := newAir(wire, rate); ; {
			at := air.next()
			if at >= r.Duration {
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

// best is the most that a constant pace in hindsight gets, with at most 1 % refused.
func (r *row) best(t *testing.T) int {
	most := 0
	for part := 1.06; part > 0.4; part -= 0.02 {
		if r.Rate*part*r.Duration.Seconds() < float64(most) {
			break // slower paces get less
		}
		if got := r.constantPace(t, r.Rate*part); got.share() <= 0.01 {
			most = max(most, got.Accepted)
		}
	}
	return most
}

// allowed is how many requests the server allows in all.
func (r *row) allowed() int {
	sum := 0.0
	for at := time.Second / 2; at < r.Duration; at += time.Second {
		sum += r.rateAt(at)
	}
	return int(sum)
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
