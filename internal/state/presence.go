package state

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/event"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/filestore"
	"github.com/arl-cli/arl/pkg/limiter/history"
	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

// How often a process announces the keys it uses. One that ends before presentAfter announces nothing, so that a single
// request costs nothing.
const (
	presentAfter = time.Second
	presentEvery = 2 * time.Second
)

// presence announces in the store which keys this process uses, for commands that list them, and records the history of
// their rates. It works in the background and ignores errors: nothing depends on it.
type presence struct {
	who      pacing.User
	register pacing.Presence // nil if the store is not shared
	uses     func() []pacing.Use
	record   func(uses []pacing.Use, last bool)           // the history of the keys; nil means not at all
	follow   func(ctx context.Context, uses []pacing.Use) // what the user changes; nil means not at all
	shared   func(ctx context.Context, uses []pacing.Use) // tells who else uses the keys; nil means not at all

	turn chan struct{} // held while announcing
	stop context.CancelFunc
	ctx  context.Context

	mu     sync.Mutex
	timer  *time.Timer // nil until a key is opened
	closed bool
	listed bool // there is an announcement to withdraw; guarded by turn
}

// newPresence returns the presence of a process that runs command.
func newPresence(command string, register pacing.Presence, uses func() []pacing.Use) *presence {
	if command == "" {
		command = filepath.Base(os.Args[0])
	}
	host, _ := os.Hostname()
	p := &presence{
		who:      pacing.User{PID: os.Getpid(), Host: host, Command: command, Since: time.Now().UTC().Truncate(time.Second)},
		register: register, uses: uses, turn: make(chan struct{}, 1),
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// begin is called when a key is opened.
func (p *presence) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil && !p.closed {
		p.timer = time.AfterFunc(presentAfter, p.beat)
	}
}

// beat announces the keys in use and schedules itself again.
func (p *presence) beat() {
	select {
	case p.turn <- struct{}{}:
		p.announce()
		<-p.turn
	case <-p.ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.timer.Reset(presentEvery)
	}
}

// announce announces the keys in use. turn is held.
func (p *presence) announce() {
	if p.ctx.Err() != nil {
		return
	}
	uses := p.uses()
	if p.follow != nil {
		p.follow(p.ctx, uses)
	}
	if p.record != nil {
		p.record(uses, false)
	}
	switch {
	case p.register == nil:
	case len(uses) > 0:
		p.who.Uses = uses
		p.listed = true
		_ = p.register.Announce(p.ctx, p.who)
	case p.listed:
		p.listed = p.register.Withdraw(p.ctx) != nil
	}
	if p.shared != nil {
		p.shared(p.ctx, uses)
	}
}

// close withdraws the announcement.
func (p *presence) close() {
	p.mu.Lock()
	began := p.timer != nil && !p.closed
	p.closed = true
	if began {
		p.timer.Stop()
	}
	p.mu.Unlock()
	p.stop()
	if !began {
		return
	}
	p.turn <- struct{}{} // never released: nothing is announced after this
	if p.record != nil {
		p.record(nil, true)
	}
	if p.listed {
		_ = p.register.Withdraw(context.Background())
	}
}

// trackPresence makes a session announce in its store which keys it uses.
func (s *Session) trackPresence(store limiter.Store, cfg *limiter.Config) {
	register, _ := store.(pacing.Presence)
	s.presence = newPresence(s.cfg.Command, register, func() []pacing.Use { return s.Limiter.Uses() })
	if dir := history.In(s.Paths.Live); dir != "" && store != nil && !s.cfg.NoLearn {
		c := &historyRecorder{history: dir, known: s.known, pending: make(map[string][]history.Point)}
		s.presence.record = c.record
	}
	s.presence.follow = (&follower{session: s, config: &s.edited}).follow
	if everybody := s.everybody(store); everybody != nil && s.cfg.Observe != nil {
		s.presence.shared = func(ctx context.Context, uses []pacing.Use) {
			if users, err := everybody(ctx); err == nil {
				s.observe(limiter.Event{Kind: event.Shared, Others: others(&s.presence.who, users, uses)})
			}
		}
	}
	opening := cfg.Opening
	cfg.Opening = func(key string, p *limiter.Params) {
		if opening != nil {
			opening(key, p)
		}
		s.presence.begin()
	}
}

// everybody returns what lists the processes that use the keys of a store; nil where nobody else can use them.
func (s *Session) everybody(store limiter.Store) func(context.Context) ([]pacing.User, error) {
	switch store := store.(type) {
	case *redisstore.Store:
		return store.Users
	case *filestore.Store:
		return func(context.Context) ([]pacing.User, error) { return filestore.Users(s.Paths.Live) }
	}
	return nil
}

// others counts the processes besides who that use keys which who uses. A key that nobody else uses is not there.
func others(who *pacing.User, users []pacing.User, uses []pacing.Use) map[string]int {
	mine, n := make(map[string]bool, len(uses)), make(map[string]int)
	for i := range uses {
		mine[uses[i].Key] = true
	}
	for i := range users {
		u := &users[i]
		if u.PID == who.PID && u.Host == who.Host {
			continue
		}
		for j := range u.Uses {
			if key := u.Uses[j].Key; mine[key] {
				n[key]++
			}
		}
	}
	return n
}

// Users returns the processes that use keys: those that have had requests in flight or waiting for a second.
func (l *Store) Users(ctx context.Context) ([]pacing.User, error) {
	switch {
	case l.redis != nil:
		return l.redis.Users(ctx)
	case l.dir != "":
		return filestore.Users(l.dir)
	}
	return nil, nil
}
