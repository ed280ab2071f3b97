package apis_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/pkg/apis"
)

func TestFindPaths(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	if err != nil {
		t.Skip(err)
	}
	home := filepath.FromSlash("/home/u")
	tests := []struct {
		name string
		env  map[string]string
		want apis.Paths
	}{
		{"nothing", nil, apis.Paths{}},
		{"home", map[string]string{"HOME": home}, apis.Paths{
			Config: filepath.Join(home, ".config", "arl"), Live: filepath.Join(home, ".local", "state", "arl", "live", host),
		}},
		{"XDG", map[string]string{"HOME": home, "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"}, apis.Paths{
			Config: "/c/arl", Live: filepath.Join("/s/arl/live", host),
		}},
		{"a relative XDG folder is ignored", map[string]string{"HOME": home, "XDG_CONFIG_HOME": "c"}, apis.Paths{
			Config: filepath.Join(home, ".config", "arl"), Live: filepath.Join(home, ".local", "state", "arl", "live", host),
		}},
		{"ARL", map[string]string{"HOME": home, "ARL_CONFIG_DIR": "/a", "ARL_RUNTIME_DIR": "/r"}, apis.Paths{Config: "/a", Live: "/r"}},
	}
	for _, tt := range tests {
		got := apis.FindPaths(func(name string) string { return tt.env[name] })
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// unlimited is a server that always answers, and the configuration of a profile for it.
func unlimited(t *testing.T, dir string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	config := "apis:\n  fast:\n    base_url: " + server.URL + "\n    initial_rate: 200\n"
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

func fetch(t *testing.T, s *apis.Session, n int) {
	t.Helper()
	c, err := s.Client("fast", apis.ClientConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		resp, err := c.Get(t.Context(), "/x")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
}

// What one session learns the next one knows, from the live state and without it.
func TestSessionRemembers(t *testing.T) {
	t.Parallel()
	dir, live := t.TempDir(), t.TempDir()
	unlimited(t, dir)
	env := map[string]string{"ARL_CONFIG_DIR": dir, "ARL_RUNTIME_DIR": live}
	cfg := apis.SessionConfig{Getenv: func(name string) string { return env[name] }, Warn: func(m string) { t.Error(m) }}
	first, err := apis.OpenSession(cfg)
	if err != nil {
		t.Fatal(err)
	}
	fetch(t, first, 10)
	learned := first.Limiter.Snapshot()["fast"]
	if err := first.Close(true); err != nil {
		t.Fatal(err)
	}
	if learned.Rate <= 200 || learned.Counts.Accepted != 10 {
		t.Fatalf("learned %+v, want more than 200/s and 10 accepted", learned)
	}
	for _, lost := range []bool{false, true} {
		if lost {
			if err := os.RemoveAll(live); err != nil {
				t.Fatal(err)
			}
		}
		s, err := apis.OpenSession(cfg)
		if err != nil {
			t.Fatal(err)
		}
		fetch(t, s, 1)
		got := s.Limiter.Snapshot()["fast"]
		if got.Counts.Accepted < 11 || got.Rate < learned.Rate*0.99 {
			t.Errorf("live state lost %v: knows %+v, want at least %+v", lost, got, learned)
		}
		if err := s.Close(true); err != nil {
			t.Fatal(err)
		}
	}
}

// Where nothing can be kept a session works all the same, and says so once.
func TestSessionWithoutHome(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unlimited(t, dir)
	var said []string
	s, err := apis.OpenSession(apis.SessionConfig{
		Getenv:     func(string) string { return "" },
		ConfigFile: filepath.Join(dir, "config.yaml"),
		Warn:       func(m string) { said = append(said, m) },
	})
	if err != nil {
		t.Fatal(err)
	}
	fetch(t, s, 3)
	if err := s.Close(true); err != nil {
		t.Fatal(err)
	}
	if len(said) != 1 {
		t.Errorf("said %q, want one warning", said)
	}
}

func TestSessionRefusesAMissingConfiguration(t *testing.T) {
	t.Parallel()
	_, err := apis.OpenSession(apis.SessionConfig{
		Getenv: func(string) string { return "" }, ConfigFile: filepath.Join(t.TempDir(), "none.yaml"),
	})
	if err == nil {
		t.Error("OpenSession with a configuration that does not exist = nil, want an error")
	}
}
