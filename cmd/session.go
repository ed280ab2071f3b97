package cmd

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/explain"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/files"
	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/internal/state"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// session is what the requests of this process have in common, and how they reach the wire.
type session struct {
	*state.Session
	env    *env
	opts   *sendOptions
	wire   http.RoundTripper
	notes  *notes
	teller *teller
	waits  *waits
}

// open reads the configuration and opens the live state, and before that makes sure that the files which the command
// uses are apart.
func (e *env) open(g *globalOptions, o *sendOptions, uses ...files.Use) (*session, error) {
	if err := g.checkStore(); err != nil {
		return nil, err
	}
	if err := e.apart(append(uses, o.uses(e, g)...)); err != nil {
		return nil, err
	}
	s := &session{env: e, opts: o, notes: newNotes(e, g, o), waits: newWaits()}
	visible := o.onCommandLine()
	err := e.askPassword(&o.authOptions)
	if err != nil {
		return nil, err
	}
	e.secrets.Add(o.secrets()...)
	e.secrets.Add(o.wire(e).Secrets()...)
	if s.wire, err = fetch.NewWire(o.wire(e)); err != nil {
		return nil, err
	}
	if s.teller, err = newTeller(e, o, s.notes); err != nil {
		return nil, err
	}
	s.Session, err = state.OpenSession(state.SessionConfig{
		Getenv: e.Getenv, ConfigFile: g.Config, Store: g.Store, Rate: o.Rate, NoLearn: o.NoLearn, Command: e.Command,
		Secrets: e.secrets, Warn: s.notes.warning, Waiting: s.waiting, Opened: s.opened,
	})
	if err == nil && !o.Silent {
		s.hintArguments(visible)
	}
	return s, err
}

// waiting is told whenever the head of a line has to wait.
func (s *session) waiting(key string, left time.Duration, why limiter.Reason) {
	s.waits.note(key, left, why)
	if s.teller.story == nil {
		s.notes.waiting(key, left, why)
		return
	}
	s.teller.tell(func(story *explain.Story, now time.Time) []string { return story.Waiting(now, key, left, why) })
}

// opened is told of a key's first use in this process.
func (s *session) opened(key string, p *limiter.Params, known limiter.Learned) {
	s.waits.opened(key, p, known)
	switch {
	case s.teller.story == nil, config.IsSharedKey(key) && len(p.Windows) == 0:
		return // to the bound of --concurrency there is no story
	case config.IsSharedKey(key):
		s.teller.tell(func(story *explain.Story, now time.Time) []string { return story.Together(now, key, p) })
		return
	}
	var earlier *limiter.Learned
	if s.Session != nil && s.Rates != nil {
		earlier = s.Rates.Recall(key)
	}
	s.teller.tell(func(story *explain.Story, now time.Time) []string { return story.Opened(now, key, p, known, earlier) })
}

// outage is told when an api has been failing, and when it is tried again.
func (s *session) outage(api string, lasted, next time.Duration) {
	s.waits.outage(api, next)
	if s.teller.story == nil {
		s.notes.outage(api, lasted, next)
		return
	}
	s.teller.tell(func(story *explain.Story, now time.Time) []string { return story.Outage(now, api, lasted, next) })
}

// pausedUntil is when the last pause ends of the keys that were used.
func (s *session) pausedUntil() (until time.Time) {
	for _, known := range s.Limiter.Snapshot() {
		if known.PausedUntil.After(until) {
			until = known.PausedUntil
		}
	}
	return until
}

// forgets says why what is learned is not kept; nothing if it is.
func (s *session) forgets() string {
	switch {
	case s.opts.NoLearn:
		return "--no-learn"
	case s.Session == nil || s.Learns():
		return ""
	case s.Rates == nil:
		return "there is no home directory"
	}
	return "store: memory"
}

// end tells what was learned, once.
func (s *session) end() {
	why := s.forgets()
	s.teller.tell(func(story *explain.Story, now time.Time) []string { return story.End(now, why) })
}

// dial makes the client of an api. wrap, if not nil, goes around the wire.
func (s *session) dial(api string, cfg apiclient.Config, wrap func(http.RoundTripper) http.RoundTripper) (*apiclient.Client, error) {
	base, err := s.base(api)
	if err != nil {
		return nil, err
	}
	if wrap != nil {
		base = wrap(base)
	}
	if s.opts.Compressed {
		base = fetch.Decompress(base)
	}
	cfg.Base = base
	cfg.OnAttempt = s.teller.attempt
	if cfg.UserAgent == "" {
		cfg.UserAgent = s.env.agent()
	}
	return s.Client(api, cfg)
}

// base is the wire, or for the profile sandbox a server inside this process.
func (s *session) base(api string) (http.RoundTripper, error) {
	p, err := s.Registry.Profile(api)
	if err != nil {
		return nil, err
	}
	if p.BaseURL != sandboxURL {
		return s.wire, nil
	}
	server, err := sandbox.New(hiddenLimit(usable(s.Paths.Live)))
	if err != nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	return sandbox.Transport(server), nil
}

// usable returns a folder that is there or could be made, else nothing.
func usable(dir string) string {
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	return dir
}

// sandboxURL is the base_url that is served inside the process.
const sandboxURL = "http://sandbox.arl"

// hiddenLimit is the sandbox that the built-in profile talks to. Its counters are shared by all
// processes of the user, as a server's are.
func hiddenLimit(live string) sandbox.Config {
	c := sandbox.Config{
		Limits:  []sandbox.Limit{{Kind: sandbox.Bucket, N: 20, Per: time.Second, Burst: 10}},
		Latency: sandbox.Latency{Base: 40 * time.Millisecond, Jitter: 20 * time.Millisecond},
	}
	if live != "" {
		c.StateFile = filepath.Join(live, "sandbox.json")
	}
	return c
}

// close saves what was learned; at the end of a batch it waits for the disk.
func (s *session) close(durable bool) {
	s.end()
	if err := s.Close(durable); err != nil {
		s.notes.warn(err.Error())
	}
	s.teller.close()
}

// style is how messages look.
func (e *env) style(g *globalOptions) terminal.Style {
	return terminal.NewStyle(e.Err, e.colour(g.Color, e.ErrTTY))
}
