package state_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/state"
)

// unlimited writes the configuration of a profile for a server without limits.
func unlimited(t *testing.T, dir string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	config := "apis:\n  fast:\n    base_url: " + server.URL + "\n    initial_rate: 200\n"
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

func fetch(t *testing.T, s *state.Session, n int) {
	t.Helper()
	c, err := s.Client("fast", apiclient.Config{})
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
	cfg := state.SessionConfig{Getenv: func(name string) string { return env[name] }, Warn: func(err error) { t.Error(err) }}
	first, err := state.OpenSession(cfg)
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
		s, err := state.OpenSession(cfg)
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
	s, err := state.OpenSession(state.SessionConfig{
		Getenv:     func(string) string { return "" },
		ConfigFile: filepath.Join(dir, "config.yaml"),
		Warn:       func(err error) { said = append(said, err.Error()) },
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

func TestSessionNeedsTheConfigurationItIsGiven(t *testing.T) {
	t.Parallel()
	_, err := state.OpenSession(state.SessionConfig{
		Getenv: func(string) string { return "" }, ConfigFile: filepath.Join(t.TempDir(), "none.yaml"),
	})
	if err == nil {
		t.Error("OpenSession with a configuration that does not exist = nil, want an error")
	}
}
