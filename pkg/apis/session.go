package apis

import (
	"sync"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/state"
	"github.com/arl-cli/arl/pkg/limiter"
)

// SessionConfig says how a [Session] works. The zero value shares its rate limits with every arl process of the
// user.
type SessionConfig struct {
	Registry   *Registry           // nil means the built-in profiles; the configuration takes precedence
	ConfigFile string              // instead of the user's config.yaml; it must exist
	Store      string              // "file", "memory" or redis://...; "" means what ARL_STORE or the configuration says
	Getenv     func(string) string // nil means os.Getenv
	Rate       float64             // requests per second that this process never exceeds; 0 means no limit of its own
	NoLearn    bool                // use learned rates without updating them
	Observe    func(limiter.Event) // told what happens; secrets are redacted
	Warn       func(error)         // called for what goes wrong without stopping anything; an error in its chain may have a method Hint() string
}

// A Session is what the clients of a process share: profiles, and a limiter that other processes of the user share
// and that starts at the rates learned in earlier runs. It is safe for concurrent use.
type Session struct{ session *state.Session }

// OpenSession reads the configuration and opens the store. The error is a [*ConfigError] if the configuration is
// invalid. If nothing can be stored, the session works in memory and says so through Warn.
func OpenSession(cfg SessionConfig) (*Session, error) {
	var profiles *config.Registry
	if cfg.Registry != nil {
		profiles = cfg.Registry.profiles
	}
	session, err := state.OpenSession(state.SessionConfig{
		Registry: profiles, ConfigFile: cfg.ConfigFile, Store: cfg.Store, Getenv: cfg.Getenv,
		Rate: cfg.Rate, NoLearn: cfg.NoLearn, Observe: cfg.Observe, Warn: cfg.Warn,
	})
	if err != nil {
		return nil, err
	}
	return &Session{session}, nil
}

// Client returns a client for the API of that name. The Limiter and Getenv of cfg are replaced by the session's.
func (s *Session) Client(name string, cfg ClientConfig) (*Client, error) {
	return faceOf(s.session.Client(name, cfg.inner()))
}

// Limiter returns the limiter that the clients of the session share.
func (s *Session) Limiter() *limiter.Limiter { return s.session.Limiter }

// Save writes what was learned since the last time, and with sync waits until it is on the disk.
func (s *Session) Save(sync bool) { s.session.Save(sync) }

// Close saves what was learned, waits until it is on the disk, and closes the store.
func (s *Session) Close() error { return s.session.Close(true) }

// defaultSession is what [ClientFor] uses: one for the whole program, opened at the first call.
//
//nolint:gochecknoglobals // see above
var defaultSession = sync.OnceValues(func() (*Session, error) {
	return OpenSession(SessionConfig{Registry: Default()})
})

// ClientFor returns a client for the API of that name in the [Default] registry. It shares its rate limits and what
// is learned with every arl process of the user:
//
//	notion, err := apis.ClientFor("notion")
//	resp, err := notion.Get(ctx, "/pages/ID")
//
// What is learned is written in the background; call [Flush] before the program ends.
func ClientFor(name string) (*Client, error) {
	s, err := defaultSession()
	if err != nil {
		return nil, err
	}
	return s.Client(name, ClientConfig{})
}

// Flush writes what the clients of [ClientFor] have learned, and waits until it is on the disk.
func Flush() {
	if s, err := defaultSession(); err == nil {
		s.Save(true)
	}
}
