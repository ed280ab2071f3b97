// Package session is what all commands that send have in common: flags, configuration, the limiter, and the
// messages about waits and attempts.
package session

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/explain"
	"github.com/arl-cli/arl/internal/files"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/internal/state"
	"github.com/arl-cli/arl/internal/transport"
	"github.com/arl-cli/arl/pkg/limiter"
)

// Session is what the requests of this process have in common, and how they reach the wire.
type Session struct {
	*state.Session
	Env        *cli.Env
	Opts       *SendOptions
	Wire       http.RoundTripper
	Messages   *Messages
	AttemptLog *AttemptLog
	WaitStatus *WaitStatus
}

// Open reads the configuration and opens the live state, and before that makes sure that the files which the command
// uses are apart.
func Open(e *cli.Env, g *cli.GlobalOptions, o *SendOptions, uses ...files.Use) (*Session, error) {
	if err := g.CheckStore(); err != nil {
		return nil, err
	}
	if err := e.Apart(append(uses, o.fileUses(e, g)...)); err != nil {
		return nil, err
	}
	s := &Session{Env: e, Opts: o, Messages: newMessages(e, g, o), WaitStatus: NewWaitStatus()}
	visible := o.OnCommandLine()
	err := askPassword(e, &o.authOptions)
	if err != nil {
		return nil, err
	}
	e.Secrets.Add(o.secrets()...)
	e.Secrets.Add(o.wire(e).Secrets()...)
	if s.Wire, err = transport.New(o.wire(e)); err != nil {
		return nil, err
	}
	if s.AttemptLog, err = newAttemptLog(e, o, s.Messages); err != nil {
		return nil, err
	}
	s.Session, err = state.OpenSession(state.SessionConfig{
		Getenv: e.Getenv, ConfigFile: g.Config, Store: g.Store, Rate: o.Rate, NoLearn: o.NoLearn, Priority: o.Priority, Share: float64(o.Share), Command: e.Command,
		Secrets: e.Secrets, Warn: s.Messages.warning, Waiting: s.waiting, Opened: s.opened, Shared: s.sharing,
	})
	if err == nil && !o.Silent {
		s.hintArguments(visible)
	}
	return s, err
}

// waiting is told whenever the head of a line has to wait.
func (s *Session) waiting(key string, left time.Duration, why pacing.Reason) {
	s.WaitStatus.Record(key, left, why)
	if s.AttemptLog.story == nil {
		s.Messages.waiting(key, left, why)
		return
	}
	s.AttemptLog.tell(func(story *explain.Story, now time.Time) []string { return story.Waiting(now, key, left, why) })
}

// opened is told of a key's first use in this process.
func (s *Session) opened(key string, p *limiter.Params, known limiter.Learned) {
	s.WaitStatus.opened(key, p, known)
	switch {
	case s.AttemptLog.story == nil, config.IsSharedKey(key) && len(p.Windows) == 0:
		return // to the bound of --concurrency there is no story
	case config.IsSharedKey(key):
		s.AttemptLog.tell(func(story *explain.Story, now time.Time) []string { return story.Together(now, key, p) })
		return
	}
	var earlier *limiter.Learned
	if s.Session != nil && s.Rates != nil {
		if earlier = s.Rates.Recall(key); earlier != nil && earlier.Rate == 0 {
			earlier = nil // nothing but a cap
		}
	}
	s.AttemptLog.tell(func(story *explain.Story, now time.Time) []string { return story.Opened(now, key, p, known, earlier) })
}

// sharing is told how many other processes use the keys of this one.
func (s *Session) sharing(others map[string]int) {
	before := s.WaitStatus.share(others)
	if s.AttemptLog.story == nil || maps.Equal(before, others) {
		return
	}
	s.AttemptLog.tell(func(story *explain.Story, now time.Time) []string { return story.Shared(now, before, others) })
}

// Outage is told when an api has been failing, and when it is tried again.
func (s *Session) Outage(api string, lasted, next time.Duration) {
	s.WaitStatus.Outage(api, next)
	if s.AttemptLog.story == nil {
		s.Messages.outage(api, lasted, next)
		return
	}
	s.AttemptLog.tell(func(story *explain.Story, now time.Time) []string { return story.Outage(now, api, lasted, next) })
}

// PausedUntil is when the last pause ends of the keys that were used.
func (s *Session) PausedUntil() (until time.Time) {
	for _, known := range s.Limiter.Snapshot() {
		if known.PausedUntil.After(until) {
			until = known.PausedUntil
		}
	}
	return until
}

// forgets says why what is learned is not kept; nothing if it is.
func (s *Session) forgets() string {
	switch {
	case s.Opts.NoLearn:
		return "--no-learn"
	case s.Session == nil || s.Learns():
		return ""
	case s.Rates == nil:
		return "there is no home directory"
	}
	return "store: memory"
}

// End tells what was learned, once.
func (s *Session) End() {
	why := s.forgets()
	s.AttemptLog.tell(func(story *explain.Story, now time.Time) []string { return story.End(now, why) })
}

// Dial makes the client of an api, or of a URL. wrap, if not nil, goes around the wire.
func (s *Session) Dial(api string, cfg apiclient.Config, wrap func(http.RoundTripper) http.RoundTripper) (*apiclient.Client, error) {
	p, err := s.Profile(api)
	if err != nil {
		return nil, err
	}
	base, err := s.base(p)
	if err != nil {
		return nil, err
	}
	if wrap != nil {
		base = wrap(base)
	}
	if s.Opts.Compressed {
		base = transport.Decompress(base)
	}
	cfg.Base, cfg.ReadOnly = base, s.Opts.ReadOnly
	cfg.OnAttempt, cfg.CachePolicy = s.attempted(p), s.Opts.policy()
	cfg.UnitWarn = func(unit string) {
		s.Messages.Warn(p.Name + ": the estimate of " + unit + " makes no number from 0 on of a request; what requests took on average is reserved instead" +
			"\nhint: `arl apis show " + p.Name + "` has the expression, under units")
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = s.Env.Agent()
	}
	return s.ClientOf(p, cfg)
}

// base is the wire, or for the profile sandbox a server inside this process.
func (s *Session) base(p *config.Profile) (http.RoundTripper, error) {
	if p.BaseURL != sandboxURL {
		return s.Wire, nil
	}
	server, err := sandbox.New(hiddenLimit(usable(s.Paths.Live)))
	if err != nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	return sandbox.Transport(server), nil
}

// usable returns a directory that exists or could be created, else nothing.
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

// Close saves what was learned; at the end of a batch it waits for the disk.
func (s *Session) Close(durable bool) {
	s.End()
	if err := s.Session.Close(durable); err != nil {
		s.Messages.Warn(err.Error())
	}
	s.AttemptLog.close()
}
