package state

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/filestore"
	"github.com/arl-cli/arl/pkg/limiter/history"
)

// How often a process says what it uses. One that ends within the first moment says nothing, so that a
// single request costs nothing.
const (
	presentAfter = time.Second
	presentEvery = 2 * time.Second
)

// presence says in the store which keys this process uses, for those who look, and notes what becomes of
// their rates. It works in the background, and what goes wrong with it is nobody's business.
type presence struct {
	who      pacing.User
	register pacing.Presence // nil where nobody else looks
	uses     func() []pacing.Use
	note     func(uses []pacing.Use, last bool) // of their history; nil means nobody does

	turn chan struct{} // held while something is said
	stop context.CancelFunc
	ctx  context.Context

	mu     sync.Mutex
	timer  *time.Timer // nil until a key was opened
	closed bool
	said   bool // something that has to be taken back; belongs to whoever holds turn
}

// newPresence returns the presence of a process that does what command says.
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

// begin is told when a key is opened.
func (p *presence) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil && !p.closed {
		p.timer = time.AfterFunc(presentAfter, p.again)
	}
}

// again says what is used now, and comes back.
func (p *presence) again() {
	select {
	case p.turn <- struct{}{}:
		p.say()
		<-p.turn
	case <-p.ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.timer.Reset(presentEvery)
	}
}

// say says what is used now. turn is held.
func (p *presence) say() {
	if p.ctx.Err() != nil {
		return
	}
	uses := p.uses()
	if p.note != nil {
		p.note(uses, false)
	}
	switch {
	case p.register == nil:
	case len(uses) > 0:
		p.who.Uses = uses
		p.said = true
		_ = p.register.Announce(p.ctx, p.who)
	case p.said:
		p.said = p.register.Withdraw(p.ctx) != nil
	}
}

// close takes back what was said.
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
	p.turn <- struct{}{} // never given back: nothing more is said
	if p.note != nil {
		p.note(nil, true)
	}
	if p.said {
		_ = p.register.Withdraw(context.Background())
	}
}

// attend has a session say in its store which keys it uses.
func (s *Session) attend(store limiter.Store, cfg *limiter.Config) {
	register, _ := store.(pacing.Presence)
	s.presence = newPresence(s.cfg.Command, register, func() []pacing.Use { return s.Limiter.Uses() })
	if folder := history.In(s.Paths.Live); folder != "" && store != nil && !s.cfg.NoLearn {
		c := &historyRecorder{folder: folder, known: s.known, pending: make(map[string][]history.Point)}
		s.presence.note = c.note
	}
	opening := cfg.Opening
	cfg.Opening = func(key string, p *limiter.Params) {
		if opening != nil {
			opening(key, p)
		}
		s.presence.begin()
	}
}

// Users returns who uses keys now: processes that have requests under way or waiting, and have had for a
// second.
func (l *Store) Users(ctx context.Context) ([]pacing.User, error) {
	switch {
	case l.redis != nil:
		return l.redis.Users(ctx)
	case l.dir != "":
		return filestore.Users(l.dir)
	}
	return nil, nil
}
