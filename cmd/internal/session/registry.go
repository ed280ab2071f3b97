package session

import (
	"os"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
)

// Registry reads the configuration.
func Registry(e *cli.Env, g *cli.GlobalOptions) (*config.Registry, error) {
	if g.Config != "" {
		if _, err := os.Stat(g.Config); err != nil {
			return nil, cli.Usagef("", "read the configuration: %v", err)
		}
		return config.Load(g.Config)
	}
	path := config.FindPaths(e.Getenv).ConfigFile()
	if path == "" {
		return config.NewRegistry(), nil
	}
	return config.Load(path)
}
