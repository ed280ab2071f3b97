package gauntlet

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// unitRTT is how long requests and their responses take, give or take 30 %.
const unitRTT = 200 * ms

// known is what was learned, by key.
type known map[string]limiter.Learned

// A unitStage is one run against a row's server, in a bubble of virtual time.
type unitStage struct {
	*unitRow
	server *unitServer
	wire   *network
	sum    *tally

	mu    sync.Mutex
	n     int
	begin time.Time
	mix   func(int, time.Duration) float64
}

func (r *unitRow) stage(mix func(int, time.Duration) float64, d time.Duration) *unitStage {
	sum := newTally(d)
	sum.Units = make([]float64, len(sum.Seconds))
	server := &unitServer{limits: r.Limits, dialect: r.Dialect, names: r.Names, tally: sum}
	return &unitStage{unitRow: r, server: server, wire: newNetwork(server, unitRTT), sum: sum, begin: time.Now(), mix: mix}
}

// next is the next request to send.
func (s *unitStage) next(ctx context.Context) (r *http.Request, size float64) {
	s.mu.Lock()
	i := s.n
	s.n++
	size = s.mix(i, time.Since(s.begin))
	s.mu.Unlock()
	r = request(ctx)
	r.Header = http.Header{"X-Size": {strconv.Itoa(int(size))}, "X-Model": {strconv.Itoa(i % max(s.Models, 1))}}
	return r, size
}

// arl sends the row's requests, from what was learned earlier.
func (r *unitRow) arl(t *testing.T, mix func(int, time.Duration) float64, d time.Duration, from known) (out *result, learned known) {
	synctest.Test(t, func(t *testing.T) {
		thisYear()
		ctx, cancel := until(t, d)
		defer cancel()
		s := r.stage(mix, d)
		lims := r.limiters(from)
		go s.sum.watchUnits(ctx, lims[0])
		var wg sync.WaitGroup
		for i := range unitCallers * max(r.Models, 1) {
			tr := &limiter.Transport{Base: s.wire, Limiter: lims[i%len(lims)], Plan: r.plan}
			wg.Go(func() {
				for ctx.Err() == nil {
					req, _ := s.next(ctx)
					if resp, err := tr.RoundTrip(req); err == nil {
						_, _ = io.Copy(io.Discard, resp.Body) // its end says what it took
						resp.Body.Close()
					}
				}
			})
		}
		wg.Wait()
		out, learned = &s.sum.result, lims[0].Snapshot()
	})
	return out, learned
}

// watchUnits notes once a second, between two, what the limit of tokens is taken for.
func (t *tally) watchUnits(ctx context.Context, lim *limiter.Limiter) {
	for wait := time.Second / 2; sleep(ctx, wait) == nil; wait = time.Second {
		known, _ := lim.Learned("0 tokens")
		t.Ceilings = append(t.Ceilings, known.Ceiling)
	}
}

// limiters are those of the row's processes.
func (r *unitRow) limiters(from known) []*limiter.Limiter {
	var store limiter.Store = pacing.NewMemory()
	if r.Far > 0 {
		store = &farStore{Store: store, away: r.Far}
	}
	list := make([]*limiter.Limiter, max(r.Processes, 1))
	for i := range list {
		list[i] = limiter.New(limiter.Config{Store: store, Recall: from.recall})
	}
	return list
}

// recall is what was known of a key an hour ago.
func (k known) recall(key string) *limiter.Learned {
	l, ok := k[key]
	if !ok {
		return nil
	}
	l = aged(l, time.Hour)
	return &l
}

// plan is what a profile makes of a request: a key for each model, and what it takes of tokens.
func (r *unitRow) plan(req *http.Request) limiter.Plan {
	size, _ := strconv.ParseFloat(req.Header.Get("X-Size"), 64)
	estimate := int64(size)
	if r.Estimate != nil {
		estimate = r.Estimate(size)
	}
	return limiter.Plan{
		Key: req.Header.Get("X-Model"), Params: &limiter.Params{InitialRate: 5}, MaxBackoff: 1 << 30,
		Units: []limiter.Unit{{Name: "tokens", Estimate: estimate}}, Measure: r.read,
	}
}

// read finds out what a response says that its request took, and what is left.
func (r *unitRow) read(_ *http.Response, body []byte, units []limiter.Unit) {
	var took, left float64
	_, err := fmt.Sscanf(string(body), `{"usage": %g, "left": %g}`, &took, &left)
	if err != nil {
		return
	}
	units[0].Actual = took
	if r.Dialect == shopifyUnits {
		q := r.Limits[len(r.Limits)-1]
		units[0].Remaining, units[0].Limit, units[0].Refill = left, q.Depth, q.Rate
	}
}

// A farStore takes its time for every question, as one does on another host.
type farStore struct {
	limiter.Store
	away time.Duration
}

// Open implements limiter.Store.
func (s *farStore) Open(ctx context.Context, key string, p *limiter.Params, recall func() *limiter.Learned) (pacing.Cell, error) {
	cell, err := s.Store.Open(ctx, key, p, recall)
	return &farCell{Cell: cell, away: s.away}, err
}

type farCell struct {
	pacing.Cell
	away time.Duration
}

// Reserve implements pacing.Cell.
func (c *farCell) Reserve(ctx context.Context, ask pacing.ReserveRequest) (pacing.Reservation, error) {
	time.Sleep(c.away / 2)
	r, err := c.Cell.Reserve(ctx, ask)
	time.Sleep(c.away / 2)
	r.Wait = max(r.Wait-c.away/2, 0)
	return r, err
}

// Cancel implements pacing.Cell.
func (c *farCell) Cancel(ctx context.Context, r pacing.Reservation) error {
	time.Sleep(c.away)
	return c.Cell.Cancel(ctx, r)
}

// Apply implements pacing.Cell.
func (c *farCell) Apply(ctx context.Context, p *limiter.Params, ev pacing.Event) (pacing.Update, error) {
	time.Sleep(c.away)
	return c.Cell.Apply(ctx, p, ev)
}

// Current implements pacing.Cell.
func (c *farCell) Current(ctx context.Context, generation int64) (bool, error) {
	time.Sleep(c.away)
	return c.Cell.Current(ctx, generation)
}
