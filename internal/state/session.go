package state

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/filestore"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
	"github.com/arl-cli/arl/pkg/tokens"
)

// SessionConfig says how a [Session] works. The zero value shares the budget of the user who runs
// the program.
type SessionConfig struct {
	Getenv     func(string) string                                        // nil means os.Getenv
	ConfigFile string                                                     // instead of the user's config.yaml; it must exist
	Store      string                                                     // "file", "memory" or the URL of a Redis; empty means what ARL_STORE or the configuration says
	Registry   *config.Registry                                           // nil means the built-in profiles; the configuration is laid over it
	Rate       float64                                                    // requests per second this process never exceeds; 0 means none
	NoLearn    bool                                                       // use what was learned, teach nothing
	Command    string                                                     // what the process is about, for who looks who uses a key; empty means the program's name
	Secrets    *redact.Secrets                                            // of all clients, see apiclient.Config; nil means one of the session's own
	Waiting    func(key string, left time.Duration, why limiter.Reason)   // see limiter.Config
	Opened     func(key string, p *limiter.Params, known limiter.Learned) // see limiter.Config
	Warn       func(error)                                                // told of what went wrong without stopping anything; nil means nobody. An error in its chain may have a method Hint() string
}

// A Session is what the requests of one process have in common: profiles, one limiter over the live
// state that all processes of the user share, and the memory of earlier runs. It is safe for use by
// many goroutines.
//
// Where there is no home, or nothing can be written, a session works without memory and says so.
type Session struct {
	Registry *config.Registry
	Limiter  *limiter.Limiter
	Rates    *ratesfile.File // nil without a home
	Paths    config.Paths

	cfg      SessionConfig
	recorder *ratesfile.Recorder
	remote   bool // the live state is in a Redis
	// traceless says that the store is memory: what is known is used, and nothing is written.
	traceless bool
	presence  *presence
	tokens    func(name string) tokens.Place // where tokens that get renewed are shared; nil: nowhere

	mu      sync.Mutex
	missing map[string]bool // keys whose store is away
	told    bool            // that was said
	forgets bool            // it was said that nothing can be kept
}

// OpenSession reads the user's configuration and opens the live state. It fails with a
// [*config.Error] if the configuration is wrong, and with a [*StoreError] if the store that was asked for
// refuses to be used.
func OpenSession(cfg SessionConfig) (*Session, error) {
	s, err := configured(cfg)
	if err != nil {
		return nil, err
	}
	store, err := s.store()
	if err != nil {
		return nil, err
	}
	if path := s.Paths.RatesFile(); path != "" {
		s.Rates = &ratesfile.File{Path: path, Warn: func(message string) { s.warn(errors.New(message)) }, Failed: s.warnNoPersistence, ReadOnly: s.traceless}
	}
	s.Limiter = limiter.New(s.limiterConfig(store))
	return s, nil
}

// configured is a session that has read its configuration.
func configured(cfg SessionConfig) (*Session, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Secrets == nil {
		cfg.Secrets = &redact.Secrets{}
	}
	s := &Session{cfg: cfg, Registry: cfg.Registry, Paths: config.FindPaths(cfg.Getenv), missing: make(map[string]bool)}
	if s.Registry == nil {
		s.Registry = config.NewRegistry()
	}
	return s, s.configure()
}

func (s *Session) configure() error {
	path := s.Paths.ConfigFile()
	if s.cfg.ConfigFile != "" {
		path = s.cfg.ConfigFile
		if _, err := os.Stat(path); err != nil {
			return config.Unreadable(path, err)
		}
	}
	if path == "" {
		return nil
	}
	return s.Registry.Override(path)
}

// store opens the live state; nil means in memory.
func (s *Session) store() (limiter.Store, error) {
	redis, err := s.cfg.redis(s.Registry.Store())
	switch name, _ := s.cfg.store(s.Registry.Store()); {
	case err != nil:
		return nil, err
	case redis != nil:
		s.remote = true
		s.tokens = func(name string) tokens.Place { return redis.Place(name) }
		return connect(redis)
	case name == config.StoreMemory:
		s.traceless, s.Paths.Live = true, "" // nothing else goes there either
		return nil, nil
	case s.Paths.Live == "":
		s.warnNoPersistence(errNoHome{})
		return nil, nil
	}
	s.tokens = func(name string) tokens.Place { return tokens.InFolder(s.Paths.Live, name) }
	files, err := filestore.Open(s.Paths.Live)
	if err != nil {
		s.warnNoPersistence(err)
		s.Paths.Live = "" // nothing else goes there either
		return nil, nil
	}
	return files, nil
}

func (s *Session) limiterConfig(store limiter.Store) limiter.Config {
	cfg := limiter.Config{
		Store: store, Rate: s.cfg.Rate, NoLearn: s.cfg.NoLearn,
		Lost: s.lost, Back: s.back, Waiting: s.cfg.Waiting, Opened: s.cfg.Opened,
	}
	if s.Rates != nil {
		cfg.Recall = s.Rates.Recall
	}
	if s.Rates != nil && !s.traceless {
		s.recorder = &ratesfile.Recorder{File: s.Rates, Known: s.known, Failed: s.warnNoPersistence}
		cfg.Opening = s.recorder.Opening
	}
	s.attend(store, &cfg)
	if s.Learns() {
		cfg.Changed = s.recorder.Changed
	}
	return cfg
}

// Learns reports whether what is learned is kept for later runs.
func (s *Session) Learns() bool { return s.recorder != nil && !s.cfg.NoLearn }

// errNoHome says that there is no place for files.
type errNoHome struct{}

// Error implements error.
func (errNoHome) Error() string { return "there is no home folder" }

// Hint is what can be done about it.
func (errNoHome) Hint() string {
	return "set HOME, or ARL_CONFIG_DIR and ARL_RUNTIME_DIR, to folders of your own"
}

// known is Limiter.Learned; the recorder is made before the limiter.
func (s *Session) known(key string) (limiter.Learned, bool) { return s.Limiter.Learned(key) }

// warnNoPersistence says, once, that this process goes on for itself. Where the live state is away because of its
// files, that has been said.
func (s *Session) warnNoPersistence(err error) {
	s.mu.Lock()
	said := s.forgets || s.told && !s.remote
	s.forgets = true
	s.mu.Unlock()
	if !said {
		s.warn(fmt.Errorf("cannot keep what is learned, going on without memory (%w)", err))
	}
}

func (s *Session) warn(err error) {
	if s.cfg.Warn != nil {
		s.cfg.Warn(s.cfg.Secrets.Error(err))
	}
}

// Client returns a client for a profile. cfg's Limiter, Getenv, Tokens, Secrets and Warn are the session's.
func (s *Session) Client(name string, cfg apiclient.Config) (*apiclient.Client, error) {
	p, err := s.Registry.Profile(name)
	if err != nil {
		return nil, err
	}
	cfg.Limiter, cfg.Getenv, cfg.Tokens, cfg.Secrets, cfg.Warn = s.Limiter, s.cfg.Getenv, s.tokens, s.cfg.Secrets, s.warn
	return apiclient.New(p, cfg)
}

// Save writes what was learned and has not been written yet. durable says whether to wait until it
// is on the disk, as at the end of a batch.
func (s *Session) Save(durable bool) {
	if s.recorder == nil {
		return
	}
	s.Limiter.Flush()
	s.noteAll(durable)
	s.recorder.Flush(durable)
}

// noteAll makes sure that the counts of every key are written, not only what moved.
func (s *Session) noteAll(durable bool) {
	if durable && !s.cfg.NoLearn {
		for key := range s.Limiter.Snapshot() {
			s.recorder.Changed(key)
		}
	}
}

// Close saves what was learned and releases the live state.
func (s *Session) Close(durable bool) error {
	s.presence.close()
	s.Limiter.Flush()
	if s.recorder != nil {
		s.noteAll(durable)
		s.recorder.Close(durable)
	}
	return s.Limiter.Close()
}
