package apis

import (
	"sync"

	"github.com/arl-cli/arl/internal/config"
)

// A Registry holds profiles by name: those built in and those added to it. It is safe for concurrent use.
type Registry struct{ profiles *config.Registry }

// NewRegistry returns a registry of the built-in profiles.
func NewRegistry() *Registry { return &Registry{config.NewRegistry()} }

// Load returns a registry of the built-in profiles, changed and extended by the config.yaml at path. A missing file
// is not an error. Invalid content is a [*ConfigError].
func Load(path string) (*Registry, error) {
	profiles, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	return &Registry{profiles}, nil
}

// Profile returns the profile of that name, which must not be modified, or an [*UnknownAPIError].
func (r *Registry) Profile(name string) (*Profile, error) { return r.profiles.Profile(name) }

// Names returns the names of all profiles, sorted.
func (r *Registry) Names() []string { return r.profiles.Names() }

// Register adds a copy of a profile and replaces one of the same name. An invalid profile is a [*ConfigError].
func (r *Registry) Register(p *Profile) error { return r.profiles.Register(p) }

// defaultRegistry is what [Default] returns: registering is for the whole program, as with sql.Register, and nothing
// happens before the first call.
//
//nolint:gochecknoglobals // see above
var defaultRegistry = sync.OnceValue(NewRegistry)

// Default returns the registry that [Register] and [ClientFor] use.
func Default() *Registry { return defaultRegistry() }

// Register adds a profile to the [Default] registry. A configuration of the user still takes precedence over it.
func Register(p *Profile) error { return Default().Register(p) }
