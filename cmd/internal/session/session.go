// Package session is what all commands that send have in common: flags, configuration, the limiter, and the
// messages about waits and attempts.
package session

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/files"
	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/internal/state"
	"github.com/arl-cli/arl/internal/transport"
)

// Session is what the requests of this process have in common, and how they reach the wire.
type Session struct {
	*state.Session
	Env        *cli.Env
	Opts       *SendOptions
	Wire       http.RoundTripper
	Messages   *Messages
	WaitStatus *WaitStatus
	Throttled  atomic.Int64 // throttled attempts so far

	explained *explained  // nil without --explain
	log       *attemptLog // nil without --log-json
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
	if s.log, err = openAttemptLog(e, o, s.Messages); err != nil {
		return nil, err
	}
	if o.Explain {
		s.explained = newExplained(s.Messages)
	}
	s.Session, err = state.OpenSession(state.SessionConfig{
		Getenv: e.Getenv, ConfigFile: g.Config, Store: g.Store, Rate: o.Rate, NoLearn: o.NoLearn, Priority: o.Priority, Share: float64(o.Share), Command: e.Command,
		Secrets: e.Secrets, Warn: s.Messages.warning, Observe: s.observe,
	})
	if err != nil {
		return s, err
	}
	s.explained.recall(s.Rates)
	if !o.Silent {
		s.hintArguments(visible)
	}
	return s, nil
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
func (s *Session) End() { s.explained.end(s.forgets()) }

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
	cfg.CachePolicy = s.Opts.policy()
	s.Messages.meet(p)
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
	s.log.close()
}
