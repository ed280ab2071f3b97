package apis_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
)

// What a profile's limits allow is divided among the keys that count for themselves, so that their
// sum is never more than what is documented.
func TestLimitsAreDividedAmongBuckets(t *testing.T) {
	t.Parallel()
	r := apis.NewRegistry()
	window := func(n int) []limiter.Window { return []limiter.Window{{Limit: n, Per: time.Minute}} }
	p := &apis.Profile{
		Name: "p", BaseURL: "https://example.com",
		Pace: apis.Pace{Limits: window(61)},
		Buckets: []apis.Bucket{
			{Name: "write", Methods: []string{"POST"}},
			{Name: "search", Paths: []string{"/search"}, Pace: apis.Pace{Limits: window(7)}},
		},
	}
	if err := r.Register(p); err != nil {
		t.Fatal(err)
	}
	p, err := r.Profile("p")
	if err != nil {
		t.Fatal(err)
	}
	got := [][]limiter.Window{p.Params(nil).Windows, p.Params(&p.Buckets[0]).Windows, p.Params(&p.Buckets[1]).Windows}
	if diff := cmp.Diff([][]limiter.Window{window(30), window(30), window(7)}, got); diff != "" {
		t.Errorf("windows of no bucket, write and search (-want +got):\n%s", diff)
	}
	if got := p.Limits[0].Limit; got != 61 {
		t.Errorf("the profile's own limit is %d now, want 61 still", got)
	}
}

func TestLimitsTooSmallToDivide(t *testing.T) {
	t.Parallel()
	err := apis.NewRegistry().Register(&apis.Profile{
		Name: "p", BaseURL: "https://example.com",
		Pace:    apis.Pace{Limits: []limiter.Window{{Limit: 1, Per: time.Minute}}},
		Buckets: []apis.Bucket{{Name: "write", Methods: []string{"POST"}}},
	})
	if _, ok := errors.AsType[*apis.ConfigError](err); !ok {
		t.Errorf("Register = %v, want a ConfigError: nobody would be left a request", err)
	}
}
