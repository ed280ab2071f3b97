package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/config"
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
		want config.Paths
	}{
		{"nothing", nil, config.Paths{}},
		{"home", map[string]string{"HOME": home}, config.Paths{
			Config: filepath.Join(home, ".config", "arl"), Live: filepath.Join(home, ".local", "state", "arl", "live", host),
			Cache: filepath.Join(home, ".cache", "arl"),
		}},
		{"XDG", map[string]string{"HOME": home, "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/k"}, config.Paths{
			Config: "/c/arl", Live: filepath.Join("/s/arl/live", host), Cache: "/k/arl",
		}},
		{"a relative XDG directory is ignored", map[string]string{"HOME": home, "XDG_CONFIG_HOME": "c"}, config.Paths{
			Config: filepath.Join(home, ".config", "arl"), Live: filepath.Join(home, ".local", "state", "arl", "live", host),
			Cache: filepath.Join(home, ".cache", "arl"),
		}},
		{"ARL", map[string]string{"HOME": home, "ARL_CONFIG_DIR": "/a", "ARL_RUNTIME_DIR": "/r", "ARL_CACHE_DIR": "/k"}, config.Paths{Config: "/a", Live: "/r", Cache: "/k"}},
	}
	for _, tt := range tests {
		got := config.FindPaths(func(name string) string { return tt.env[name] })
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
