package storetest

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// quick are the parameters of a unit's key that holds nobody back, so that only what is left does.
func quick() *pacing.Params { return &pacing.Params{InitialRate: 1e6, MinRate: 1e6, Burst: 10_000} }

// tell has a cell told that 500 are left of a limit of a thousand.
func tell(t *testing.T, c pacing.Cell, reset time.Duration, refill float64) {
	t.Helper()
	first := tryTake(t, c, 10)
	var told pacing.Budgets
	told.Add(pacing.Budget{ID: 1, Name: "body", Limit: 1000, Remaining: 500, Reset: reset, Exact: true, Refill: refill})
	apply(t, c, quick(), pacing.Event{
		Kind: pacing.Accepted, Generation: first.Generation, Mark: first.Mark, Granted: 10, Budgets: &told,
		Sizes: pacing.Sizes{Mean: 10, Largest: 10},
	})
}

// ask asks for slots as a request that may need more than others, or 0 for one that may not.
func ask(t *testing.T, c pacing.Cell, holder, cost int64) pacing.Reservation {
	t.Helper()
	turn, err := c.Reserve(t.Context(), pacing.ReserveRequest{Cost: cost, Holder: holder})
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

// keepsAnInstant: of a bucket that refills all the time, what is left comes together for the larger request, whichever
// process asks. It is kept only while it is asked for.
func keepsAnInstant(t *testing.T, open Opener) {
	a, b := openCell(t, open(t), "k", quick()), openCell(t, open(t), "k", quick())
	time.Sleep(time.Second)
	tell(t, a, 1000*time.Second, 0.5)
	large := ask(t, a, 1, 600)
	if large.Granted || !large.Short || large.Reason != pacing.ReasonBudget {
		t.Fatalf("of 500 left, 600 is %+v, want it short", large)
	}
	for name, c := range map[string]pacing.Cell{"who holds it": a, "another process": b} {
		if turn := ask(t, c, 2, 100); turn.Granted || turn.Reason != pacing.ReasonLarger || turn.Until < large.Until {
			t.Errorf("%s: 100 beside what is kept for 600 is %+v, want it to wait until %v", name, turn, large.Until)
		}
	}
	for range 5 { // its holder lives
		time.Sleep(time.Second)
		if turn, err := a.Reserve(t.Context(), pacing.ReserveRequest{Cost: 600, Holder: 1, Hold: pacing.HoldKeep}); err != nil || turn.Granted {
			t.Fatalf("to keep an instant is %+v, %v, want no slot", turn, err)
		}
	}
	if turn := ask(t, b, 2, 100); turn.Granted {
		t.Error("what is kept was given away while its holder asked for it")
	}
	time.Sleep(1300 * time.Millisecond) // it has died
	if turn := ask(t, b, 2, 100); !turn.Granted {
		t.Errorf("when nobody has asked for an instant for 1.3s, 100 is %+v, want a slot", turn)
	}
}

// endsAnInstant: a request that gives up holds nobody up, and neither does one that has its slots.
func endsAnInstant(t *testing.T, open Opener) {
	a, b := openCell(t, open(t), "k", quick()), openCell(t, open(t), "k", quick())
	time.Sleep(time.Second)
	tell(t, a, 1000*time.Second, 0.5)
	ask(t, a, 1, 510)
	if _, err := a.Reserve(t.Context(), pacing.ReserveRequest{Holder: 1, Hold: pacing.HoldEnd}); err != nil {
		t.Fatal(err)
	}
	turn := ask(t, b, 2, 10)
	if !turn.Granted {
		t.Errorf("after the larger request gave up, 10 is %+v, want a slot", turn)
	}
	large := ask(t, a, 1, 510)
	if large.Granted {
		t.Fatalf("of 490 left, 510 is %+v", large)
	}
	for range int(large.Until/time.Second) + 1 {
		time.Sleep(time.Second)
		if _, err := a.Reserve(t.Context(), pacing.ReserveRequest{Cost: 510, Holder: 1, Hold: pacing.HoldKeep}); err != nil {
			t.Fatal(err)
		}
	}
	if large = ask(t, a, 1, 510); !large.Granted {
		t.Fatalf("at its instant, 510 is %+v, want a slot", large)
	}
	time.Sleep(10 * time.Second)
	if turn := ask(t, b, 2, 1); !turn.Granted {
		t.Errorf("after the larger request had its slots, 1 is %+v, want a slot", turn)
	}
}

// passesALarger: what does not put the larger request off goes before it: where all comes back at once, where the larger
// one waits for longer than that because of another limit, and in a documented window as far as there is room besides.
func passesALarger(t *testing.T, open Opener) {
	c := openCell(t, open(t), "reset", quick())
	time.Sleep(time.Second)
	tell(t, c, 30*time.Second, 0)
	if large := ask(t, c, 1, 600); !large.Short {
		t.Fatalf("of 500 left until the reset, 600 is %+v, want it short", large)
	}
	for i := range 4 {
		if turn := ask(t, c, 2, 100); !turn.Granted {
			t.Errorf("%d: of what is left until the reset, 100 is %+v, want a slot", i, turn)
		}
	}

	c = openCell(t, open(t), "refill", quick())
	time.Sleep(time.Second)
	tell(t, c, 1000*time.Second, 0.5)
	late := pacing.ReserveRequest{Cost: 600, Holder: 1, Hold: pacing.HoldKeep, After: 440 * time.Second} // 100 more than it needs
	if _, err := c.Reserve(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if turn := ask(t, c, 2, 90); !turn.Granted {
		t.Errorf("of what comes back besides, 90 is %+v, want a slot", turn)
	}
	if turn := ask(t, c, 2, 90); turn.Granted {
		t.Error("90 more went before the larger request and put it off")
	}

	p := quick()
	p.Windows = []pacing.Window{{Limit: 1000, Per: time.Minute}}
	c = openCell(t, open(t), "window", p)
	time.Sleep(time.Second)
	tryTake(t, c, 500)
	time.Sleep(20 * time.Second)
	if large := ask(t, c, 1, 600); !large.Short || large.Reason != pacing.ReasonWindow {
		t.Fatalf("of 500 left in the window, 600 is %+v, want it short", large)
	}
	if turn := ask(t, c, 2, 400); !turn.Granted {
		t.Errorf("beside 600, 400 of 1000 is %+v, want a slot", turn)
	}
	if turn := ask(t, c, 2, 100); turn.Granted {
		t.Error("100 went into the window that 600 and 400 use up")
	}
}

// servesALarger: beside processes that send small requests as fast as they may, a large one waits no longer than it takes
// until what it needs has come back, and they wait no longer for it.
func servesALarger(t *testing.T, open Opener) {
	server := &points{refill: 100, most: 1000, at: time.Now()}
	const need, small = 900, 20
	before := 3 * small / server.refill // of each process one may have asked before
	bound := time.Duration((need/server.refill+before)*1e9) + 2*time.Second
	turns := time.Duration(3 * 4 * small / server.refill * 1e9) // for which small ones wait for each other
	var wg sync.WaitGroup
	stop := time.Now().Add(60 * time.Second)
	for range 3 {
		tr := server.through(open(t))
		for range 4 {
			wg.Go(func() {
				for time.Now().Before(stop) {
					if waited := server.send(t, tr, small); waited > bound+turns {
						t.Errorf("a small request waited %v for the large one, want %v at most", waited, bound+turns)
					}
				}
			})
		}
	}
	time.Sleep(20 * time.Second)
	if waited := server.send(t, server.through(open(t)), need); waited > bound {
		t.Errorf("%d of a bucket that refills by %v/s waited %v beside small ones, want %v at most", need, server.refill, waited, bound)
	}
	wg.Wait()
	if server.throttled > 2 {
		t.Errorf("%d requests were throttled", server.throttled)
	}
}

// points are a server that counts them in a bucket, and says exactly what is left of it.
type points struct {
	refill, most float64

	mu        sync.Mutex
	left      float64
	at        time.Time
	throttled int
}

// through is a way to it for one process.
func (p *points) through(s pacing.Store) *limiter.Transport {
	return &limiter.Transport{Limiter: limiter.New(limiter.Config{Store: s}), Base: p, Plan: p.plan}
}

// RoundTrip implements http.RoundTripper.
func (p *points) RoundTrip(r *http.Request) (*http.Response, error) {
	cost, err := strconv.ParseFloat(r.Header.Get("X-Cost"), 64)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.at = min(p.most, p.left+p.refill*time.Since(p.at).Seconds()), time.Now()
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: http.NoBody}
	if p.left < cost {
		p.throttled++
		resp.StatusCode = http.StatusTooManyRequests
		resp.Header.Set("Retry-After", strconv.Itoa(1+int((cost-p.left)/p.refill)))
		return resp, nil
	}
	p.left -= cost
	return resp, nil
}

func (p *points) plan(r *http.Request) limiter.Plan {
	cost, _ := strconv.ParseFloat(r.Header.Get("X-Cost"), 64) // send's
	return limiter.Plan{
		Key: "k", Params: quick(), Units: []limiter.Unit{{Name: "points", Params: quick(), Estimate: int64(cost), Exact: true}},
		Measure: func(_ *http.Response, _ []byte, units []limiter.Unit) {
			p.mu.Lock()
			defer p.mu.Unlock()
			u := &units[0]
			u.Actual, u.Remaining, u.Limit, u.Refill = cost, p.left, p.most, p.refill
		},
	}
}

// send returns how long a request waited.
func (p *points) send(t *testing.T, tr *limiter.Transport, cost int) time.Duration {
	asked := time.Now()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://h/", http.NoBody)
	if err != nil {
		t.Error(err)
		return 0
	}
	r.Header.Set("X-Cost", strconv.Itoa(cost))
	resp, err := tr.RoundTrip(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	resp.Body.Close()
	return time.Since(asked)
}
