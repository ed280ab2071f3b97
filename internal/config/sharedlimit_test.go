package config_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
)

func limits(n int, per time.Duration) []limiter.Window {
	return []limiter.Window{{Limit: n, Per: per}}
}

// What a profile documents is for all its buckets together, and stands beside what they document
// themselves.
func TestGate(t *testing.T) {
	t.Parallel()
	p := &config.Profile{
		Name: "p", BaseURL: "https://example.com", Budget: "b",
		Pace: config.Pace{Limits: limits(61, time.Minute), MaxConcurrency: new(9), InitialRate: new(3.0)},
		Buckets: []config.Bucket{
			{Name: "write", Methods: []string{"POST"}, Cost: new(5)},
			{Name: "search", Paths: []string{"/search"}, Pace: config.Pace{Limits: limits(7, time.Hour)}},
			{Name: "free", Paths: []string{"/free"}, Cost: new(0)},
		},
	}
	gate := func(cost int) *limiter.SharedLimit {
		return &limiter.SharedLimit{Key: "p/*@b", Windows: limits(61, time.Minute), MaxConcurrency: 9, Cost: cost}
	}
	for b, want := range map[*config.Bucket]*limiter.SharedLimit{nil: gate(1), &p.Buckets[0]: gate(5), &p.Buckets[1]: gate(1), &p.Buckets[2]: nil} {
		if diff := cmp.Diff(want, p.Gate(b, "")); diff != "" {
			t.Errorf("Gate(%v) (-want +got):\n%s", b, diff)
		}
	}
	got := [][]limiter.Window{p.Params(nil).Windows, p.Params(&p.Buckets[0]).Windows, p.Params(&p.Buckets[1]).Windows}
	if diff := cmp.Diff([][]limiter.Window{nil, nil, limits(7, time.Hour)}, got); diff != "" {
		t.Errorf("windows of no bucket, write and search (-want +got):\n%s", diff)
	}
	if rate, bound := p.Params(&p.Buckets[0]).InitialRate, p.Params(&p.Buckets[0]).MaxConcurrency; rate != 3 || bound != 0 {
		t.Errorf("write starts at %v/s, %d at once, want the profile's 3/s and no bound of its own", rate, bound)
	}
	p.Buckets = nil
	if got := p.Gate(nil, ""); got != nil || p.Params(nil).MaxConcurrency != 9 || len(p.Params(nil).Windows) != 1 {
		t.Errorf("without buckets the gate is %v and the key has %+v, want no gate", got, p.Params(nil))
	}
}

func TestTogether(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{"a/*": true, "a/*@b": true, "a": false, "a@b": false, "a/b@c": false, "a/{x}": false, "a/%2A": false, "a//h": false} {
		if got := config.IsSharedKey(key); got != want {
			t.Errorf("Together(%q) = %v, want %v", key, got, want)
		}
	}
}
