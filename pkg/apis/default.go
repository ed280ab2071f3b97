package apis

import (
	"sync"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/state"
)

// defaultSession is what [ClientFor] uses: one for the whole program, opened at the first call.
//
//nolint:gochecknoglobals // see above
var defaultSession = sync.OnceValues(func() (*state.Session, error) {
	return state.OpenSession(state.SessionConfig{Registry: Default()})
})

// ClientFor returns a client for an API of the program's registry. It shares its budget and what is
// learned with every arl and every program of the same user:
//
//	notion, err := apis.ClientFor("notion")
//	resp, err := notion.Get(ctx, "/pages/ID")
//
// What is learned is written in the background; see [Flush].
func ClientFor(name string) (*apiclient.Client, error) {
	s, err := defaultSession()
	if err != nil {
		return nil, err
	}
	return s.Client(name, apiclient.Config{})
}

// Flush writes what the clients of [ClientFor] have learned, to be called before the program ends.
func Flush() {
	if s, err := defaultSession(); err == nil {
		s.Save(true)
	}
}

// defaultRegistry is what [Default] returns: registering is for the whole program, as it is with
// image.RegisterFormat or sql.Register, and nothing happens before the first call.
//
//nolint:gochecknoglobals // see above
var defaultRegistry = sync.OnceValue(config.NewRegistry)

// Default returns the program's registry: the built-in profiles and those of [Register].
func Default() *config.Registry { return defaultRegistry() }

// Register adds a profile to the program's registry; see [Registry.Register].
func Register(p *config.Profile) error { return Default().Register(p) }
