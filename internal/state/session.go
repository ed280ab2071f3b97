package state

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/event"
	"github.com/arl-cli/arl/internal/httpcache"
	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/filestore"
	"github.com/arl-cli/arl/pkg/limiter/ratesfile"
	"github.com/arl-cli/arl/pkg/tokens"
)

// SessionConfig says how a [Session] works. The zero value shares its rate limits with all processes of the user.
type SessionConfig struct {
	Getenv     func(string) string // nil means os.Getenv
	ConfigFile string              // instead of the user's config.yaml; it must exist
	Store      string              // "file", "memory" or the URL of a Redis; empty means what ARL_STORE or the configuration says
	Registry   *config.Registry    // nil means the built-in profiles; the configuration takes precedence
	Rate       float64             // requests per second this process never exceeds; 0 means none
	Priority   int                 // of the requests of this process
	Share      float64             // of each limit, that this process keeps to; 0 means what a profile says
	NoLearn    bool                // use learned rates without updating them
	Command    string              // what the process does, for lists of the users of a key; empty means the program's name
	Secrets    *redact.Secrets     // shared by all clients, see apiclient.Config; nil means a new set
	Observe    func(limiter.Event) // told what happens; nil means nobody. See limiter.Config
	Warn       func(error)         // called for what goes wrong without stopping anything; may be nil. An error in the chain may have a method Hint() string
}

// A Session is what the requests of one process have in common: profiles, a limiter over the live state that all
// processes of the user share, and the rates learned in earlier runs. It is safe for concurrent use.
//
// Without a home directory, or if nothing can be written, a session works in memory and warns.
type Session struct {
	Registry *config.Registry
	Limiter  *limiter.Limiter
	Rates    *ratesfile.File // nil without a home directory
	Paths    config.Paths

	cfg      SessionConfig
	recorder *ratesfile.Recorder
	remote   bool // the live state is in a Redis
	// inMemory says that the store is memory: learned rates are used, and nothing is written.
	inMemory bool
	presence *presence
	edited   editedConfig
	cache    *httpcache.Cache               // nil until it is asked for
	tokens   func(name string) tokens.Place // where tokens are shared between processes; nil means nowhere
	logins   func(name string) tokens.Place // where logins lie that hosts share; nil means on this machine

	mu             sync.Mutex
	lostKeys       map[string]bool // keys whose store is unavailable
	lostReported   bool            // the user was warned of that
	memoryReported bool            // the user was warned that nothing can be stored
}

// OpenSession reads the user's configuration and opens the live state. The error is a [*config.Error] if the
// configuration is invalid, or a [*StoreError] if the store cannot be used.
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
		s.Rates = &ratesfile.File{Path: path, Warn: func(message string) { s.warn(errors.New(message)) }, Failed: s.warnNoPersistence, ReadOnly: s.inMemory}
	}
	s.Limiter = limiter.New(s.limiterConfig(store))
	return s, nil
}

// configured returns a session that has read its configuration.
func configured(cfg SessionConfig) (*Session, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Secrets == nil {
		cfg.Secrets = &redact.Secrets{}
	}
	s := &Session{cfg: cfg, Registry: cfg.Registry, Paths: config.FindPaths(cfg.Getenv), lostKeys: make(map[string]bool)}
	if s.Registry == nil {
		s.Registry = config.NewRegistry()
	}
	s.edited = editedConfig{first: s.Registry, base: s.Registry.Clone(), warn: s.warn}
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
	s.edited.begin(path)
	return s.Registry.Override(path)
}

// store opens the store of the live state; nil means memory.
func (s *Session) store() (limiter.Store, error) {
	redis, err := s.cfg.redis(s.Registry.Store())
	switch name, _ := s.cfg.store(s.Registry.Store()); {
	case err != nil:
		return nil, err
	case redis != nil:
		s.remote = true
		s.tokens = func(name string) tokens.Place { return redis.Place(name) }
		s.logins = func(name string) tokens.Place { return redis.Place("login-" + name) }
		return connect(redis)
	case name == config.StoreMemory:
		s.inMemory, s.Paths.Live = true, "" // nothing else is written there either
		return nil, nil
	case s.Paths.Live == "":
		s.warnNoPersistence(errNoHome{})
		return nil, nil
	}
	s.tokens = func(name string) tokens.Place { return tokens.InDir(s.Paths.Live, name) }
	files, err := filestore.Open(s.Paths.Live)
	if err != nil {
		s.warnNoPersistence(err)
		s.Paths.Live = "" // nothing else is written there either
		return nil, nil
	}
	return files, nil
}

func (s *Session) limiterConfig(store limiter.Store) limiter.Config {
	cfg := limiter.Config{
		Store: store, Rate: s.cfg.Rate, NoLearn: s.cfg.NoLearn, Priority: s.cfg.Priority, Share: s.cfg.Share,
		Observe: s.observe,
	}
	if s.Rates != nil {
		cfg.Recall = s.Rates.Recall
	}
	if s.Rates != nil && !s.inMemory {
		s.recorder = &ratesfile.Recorder{File: s.Rates, Known: s.known, Failed: s.warnNoPersistence}
		cfg.Opening = s.recorder.Opening
	}
	s.trackPresence(store, &cfg)
	return cfg
}

// observe takes from the events what the session itself has to do with them, and passes all on.
func (s *Session) observe(e limiter.Event) {
	switch e.Kind {
	case event.Learned:
		if s.Learns() {
			s.recorder.Changed(e.Key)
		}
	case event.StoreLost:
		s.lost(e.Key, e.Err)
	case event.StoreBack:
		s.back(e.Key)
	}
	if s.cfg.Observe != nil {
		s.cfg.Observe(e)
	}
}

// Learns reports whether learned rates are stored for later runs.
func (s *Session) Learns() bool { return s.recorder != nil && !s.cfg.NoLearn }

// errNoHome says that there is no directory for files.
type errNoHome struct{}

// Error implements error.
func (errNoHome) Error() string { return "there is no home directory" }

// Hint returns the next step.
func (errNoHome) Hint() string {
	return "set HOME or ARL_CONFIG_DIR and ARL_RUNTIME_DIR, to directories of your own"
}

// known is Limiter.Learned, for the recorder, which is made before the limiter.
func (s *Session) known(key string) (limiter.Learned, bool) { return s.Limiter.Learned(key) }

// warnNoPersistence warns, once, that nothing can be stored; not if the loss of the files of the live state has been
// reported already.
func (s *Session) warnNoPersistence(err error) {
	s.mu.Lock()
	reported := s.memoryReported || s.lostReported && !s.remote
	s.memoryReported = true
	s.mu.Unlock()
	if !reported {
		s.warn(fmt.Errorf("cannot store learned rates, continuing in memory (%w)", err))
	}
}

func (s *Session) warn(err error) {
	if s.cfg.Warn != nil {
		s.cfg.Warn(s.cfg.Secrets.Error(err))
	}
}

// LoginPlace returns where a login lies: in the Redis if it is shared by hosts that have its key, else on this machine.
func (s *Session) LoginPlace(l *credential.Login) tokens.Place {
	if l.Shared && s.logins != nil {
		return s.logins(l.Name)
	}
	return l.Place()
}

// Client returns a client for the profile of that name. The session sets Limiter, Getenv, Tokens, Secrets, Warn and
// Cache of cfg.
func (s *Session) Client(name string, cfg apiclient.Config) (*apiclient.Client, error) {
	p, err := s.Registry.Profile(name)
	if err != nil {
		return nil, err
	}
	return s.ClientOf(p, cfg)
}

// ClientOf is Client for a profile at hand, such as that of a URL, see [config.Registry.ForURL].
func (s *Session) ClientOf(p *config.Profile, cfg apiclient.Config) (*apiclient.Client, error) {
	cfg.Registry = s.Registry
	cfg.Limiter, cfg.Getenv, cfg.Tokens, cfg.Secrets, cfg.Warn = s.Limiter, s.cfg.Getenv, s.tokens, s.cfg.Secrets, s.warn
	cfg.Cache, cfg.Logins = s.Cache(), s.LoginPlace
	return apiclient.New(p, cfg)
}

// Save writes what was learned since the last time. durable waits until it is on the disk, as at the end of a batch.
func (s *Session) Save(durable bool) {
	if s.recorder == nil {
		return
	}
	s.Limiter.Flush()
	s.markAll(durable)
	s.recorder.Flush(durable)
}

// markAll marks every key as changed, so that its counts are written too.
func (s *Session) markAll(durable bool) {
	if durable && !s.cfg.NoLearn {
		for key := range s.Limiter.Snapshot() {
			s.recorder.Changed(key)
		}
	}
}

// Close saves what was learned and closes the store.
func (s *Session) Close(durable bool) error {
	s.presence.close()
	s.closeCache()
	s.Limiter.Flush()
	if s.recorder != nil {
		s.markAll(durable)
		s.recorder.Close(durable)
	}
	return s.Limiter.Close()
}
