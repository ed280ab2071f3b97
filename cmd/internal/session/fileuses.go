package session

import (
	"cmp"
	"path/filepath"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/files"
)

// fileUses are the files of every command that sends.
func (o *SendOptions) fileUses(e *cli.Env, g *cli.GlobalOptions) []files.Use {
	var headers fetch.Options
	headers.Header = o.Header
	paths := config.FindPaths(e.Getenv)
	config := g.Config
	if config == "" {
		config = paths.ConfigFile()
	}
	uses := append(headers.HeaderUses(), o.wire(e).Uses()...)
	if o.Netrc {
		uses = append(uses, files.Use{What: "-n", Name: cmp.Or(e.Getenv("NETRC"), filepath.Join(e.Getenv("HOME"), ".netrc"))})
	}
	for _, name := range o.curlConfigs {
		uses = append(uses, files.Use{What: "-K", Name: name})
	}
	return append(uses,
		files.Use{What: "--log-json", Name: o.LogJSON, Writes: true},
		files.Use{What: "--netrc-file", Name: o.NetrcFile},
		files.Use{What: "the configuration", Name: config},
		files.Use{What: "the learned rates", Name: paths.RatesFile()})
}
