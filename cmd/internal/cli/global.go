package cli

import (
	"net/url"

	"github.com/arl-cli/arl/internal/config"
)

// GlobalOptions are the flags of every command.
type GlobalOptions struct {
	Config string
	Color  string
	Store  string
	Errors string // text or json
}

// CheckStore rejects an invalid store, and a password where everybody can read it. It repeats
// neither.
func (g *GlobalOptions) CheckStore() error {
	if err := config.CheckStore(g.Store); err != nil {
		return Usagef("such as --store redis://host:6379/0, or file, or memory", "--store: %v", err)
	}
	if u, err := url.Parse(g.Store); err == nil && u.User != nil {
		if _, given := u.User.Password(); given {
			return Usagef("put the password into ARL_STORE_PASSWORD, or the whole URL into ARL_STORE or config.yaml",
				"--store: a password on the command line can be read by all users of this machine")
		}
	}
	return nil
}
