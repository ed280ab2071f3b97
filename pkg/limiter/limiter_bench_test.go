package limiter_test

import (
	"testing"

	"golang.org/x/time/rate"

	"github.com/arl-cli/arl/pkg/limiter"
)

func BenchmarkAcquireDone(b *testing.B) {
	l := limiter.New(limiter.Config{})
	req := limiter.Plan{Key: "k", Params: &limiter.Params{InitialRate: 1e9, Burst: 1 << 40}}
	b.ReportAllocs()
	for b.Loop() {
		g, err := l.Acquire(b.Context(), req)
		if err != nil {
			b.Fatal(err)
		}
		g.Done(limiter.Accepted, 0)
	}
}

// BenchmarkAcquireDoneGate is the way of a key behind a gate: two cells instead of one.
func BenchmarkAcquireDoneGate(b *testing.B) {
	l := limiter.New(limiter.Config{})
	req := limiter.Plan{
		Key: "k", Params: &limiter.Params{InitialRate: 1e9, Burst: 1 << 40},
		Shared: &limiter.SharedLimit{Key: "*", MaxConcurrency: 10},
	}
	b.ReportAllocs()
	for b.Loop() {
		g, err := l.Acquire(b.Context(), req)
		if err != nil {
			b.Fatal(err)
		}
		g.Done(limiter.Accepted, 0)
	}
}

// BenchmarkPeerAllow is x/time/rate's own way to ask for a slot, the yardstick of AcquireDone.
func BenchmarkPeerAllow(b *testing.B) {
	l := rate.NewLimiter(1e9, 1<<40)
	b.ReportAllocs()
	for b.Loop() {
		if !l.Allow() {
			b.Fatal("throttled")
		}
	}
}
