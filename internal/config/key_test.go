package config_test

import (
	"testing"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
)

func TestKey(t *testing.T) {
	t.Parallel()
	p := &config.Profile{
		Name: "my-api", BaseURL: "https://h/v1",
		Buckets: []config.Bucket{
			{Name: "search", Paths: []string{"/search/**"}},
			{Name: "write", Methods: []string{"POST", "PATCH"}},
		},
	}
	token := credential.Bearer("hunter2", "$A")
	for _, tt := range []struct {
		method, path string
		c            *credential.Credential
		budget, want string
	}{
		{"GET", "/v1/pages", nil, "", "my-api"},
		{"", "/v1/search", nil, "", "my-api/search"},
		{"POST", "/v1/search/x", nil, "", "my-api/search"},
		{"POST", "/v1/pages", nil, "", "my-api/write"},
		{"POST", "/v1/pages", token, "", "my-api/write@e4dd66ea"},
		{"GET", "/v1/pages", token, "team", "my-api@team"},
		{"GET", "/search", nil, "", "my-api/search"},
		{"GET", "/v1search", nil, "", "my-api"},
	} {
		p.Budget = tt.budget
		if got := p.Key(p.Bucket(tt.method, tt.path), tt.c.Identity()); got != tt.want {
			t.Errorf("Key of %s %s for %v, budget %q = %q, want %q", tt.method, tt.path, tt.c, tt.budget, got, tt.want)
		}
	}
}

func TestBucketParams(t *testing.T) {
	t.Parallel()
	p := &config.Profile{
		Name: "my-api", BaseURL: "https://h", Pace: config.Pace{MaxRate: new(9.0), Burst: new(2)},
		Buckets: []config.Bucket{{Name: "write", Pace: config.Pace{MaxRate: new(1.0)}}},
	}
	got := p.Params(&p.Buckets[0])
	if got.MaxRate != 1 || got.Burst != 2 {
		t.Errorf("Params of the bucket: max_rate %v, burst %v, want its own 1 and the profile's 2", got.MaxRate, got.Burst)
	}
}
