package apiclient_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/arl-cli/arl/internal/config"
)

// TestMain keeps the tests away from the keyring of the user who runs them.
func TestMain(m *testing.M) {
	keyring.MockInit()
	_ = os.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	os.Exit(m.Run())
}

// env is an environment for tests.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// load writes a configuration and loads it.
func load(t *testing.T, text string) *config.Registry {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := config.Load(path)
	if err != nil {
		t.Fatalf("Load(%q): %v", text, err)
	}
	return r
}

func profile(t testing.TB, r *config.Registry, name string) *config.Profile {
	t.Helper()
	p, err := r.Profile(name)
	if err != nil {
		t.Fatalf("Profile(%q): %v", name, err)
	}
	return p
}
