package sandbox

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"
)

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func BenchmarkServer(b *testing.B) {
	wide := []Limit{{N: 1_000_000, Per: time.Second, Burst: 1000}}
	for _, bb := range []struct {
		name   string
		config Config
	}{
		{"unlimited", Config{}},
		{"bucket", Config{Limits: wide}},
		{"scoped", Config{Limits: []Limit{{N: 1_000_000, Per: time.Second, Burst: 1000, Methods: []string{"GET"}, Path: "/items", Each: 2}}}},
		{"rolling", Config{Limits: []Limit{{Kind: Rolling, N: 5000, Per: 5 * time.Millisecond}}}},
		{"sliding", Config{Limits: []Limit{{Kind: Sliding, N: 5000, Per: 5 * time.Millisecond}}}},
		{"rival", Config{Limits: wide, Rival: Rival{Share: 0.5}}},
		{"swinging rival", Config{Limits: wide, Rival: Rival{Share: 0.5, Period: time.Minute}}},
		{"throttled", Config{Limits: []Limit{{N: 1, Per: time.Hour}}}},
		{"github", Config{Limits: wide, Headers: "github"}},
		{"headers", Config{Limits: wide, Headers: "ratelimit-8"}},
		{"file", Config{Limits: wide, StateFile: filepath.Join(b.TempDir(), "state.json")}},
		{"file rolling", Config{Limits: []Limit{{Kind: Rolling, N: 100, Per: time.Millisecond}}, StateFile: filepath.Join(b.TempDir(), "rolling.json")}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			s := newServer(b, bb.config)
			r := httptest.NewRequest(http.MethodGet, "/items/1", nil)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					s.ServeHTTP(&discard{make(http.Header, 2)}, r)
				}
			})
		})
	}
}

func BenchmarkTransport(b *testing.B) {
	s := newServer(b, Config{})
	b.ReportAllocs()
	for b.Loop() {
		ask(b, s, "/items/1")
	}
}
