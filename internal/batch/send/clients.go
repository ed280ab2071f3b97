package send

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/failure"
)

// mostIdleClients is how many clients a run keeps at least before it lets go of those that nothing uses: a list of
// URLs may have any number of origins.
const mostIdleClients = 512

// clients are the clients of the apis and origins of a run. They are safe for use by many goroutines; the zero value
// has none.
type clients struct {
	mu    sync.Mutex
	all   map[string]*dialed
	sweep int // how many there may be before those without a user go
}

// A dialed is a client that is made at its first use.
type dialed struct {
	once   sync.Once
	client *apiclient.Client
	err    error

	users  atomic.Int32 // grows with clients.mu held
	origin bool         // of an origin that no profile has
}

// take returns what there is for a target, which is then in use until release.
func (c *clients) take(target string, origin bool) *dialed {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all, c.sweep = make(map[string]*dialed), mostIdleClients
	}
	d := c.all[target]
	if d == nil {
		if len(c.all) >= c.sweep {
			c.forgetIdle()
		}
		d = &dialed{origin: origin}
		c.all[target] = d
	}
	d.users.Add(1)
	return d
}

func (d *dialed) release() { d.users.Add(-1) }

// forgetIdle lets go of the clients of origins that nothing uses. mu is held.
func (c *clients) forgetIdle() {
	for target, d := range c.all {
		if d.origin && d.users.Load() == 0 {
			delete(c.all, target)
		}
	}
	c.sweep = max(mostIdleClients, 2*len(c.all)) // so that it costs little however many are in use
}

// Ready reports whether records of an api can be sent: there is such a profile, and a credential
// where it needs one. An empty api stands for any.
func (s *Sender) Ready(api string) error {
	_, err := s.common()
	if err == nil && api != "" {
		var release func()
		_, release, err = s.client(&batch.Request{Request: record.Request{API: api}})
		release()
	}
	return err
}

// client returns the client of a record, to be released after its use.
func (s *Sender) client(r *batch.Request) (c *apiclient.Client, release func(), err error) {
	target := cmp.Or(r.Origin, r.API)
	d := s.clients.take(target, r.Origin != "")
	d.once.Do(func() { d.client, d.err = s.dial(target) })
	return d.client, d.release, d.err
}

// dial makes the client of an api, and looks whether what goes with every one of its requests can be sent.
func (s *Sender) dial(target string) (*apiclient.Client, error) {
	cfg, err := s.common()
	if err != nil {
		return nil, err
	}
	c, err := s.Dial(target, cfg)
	if err != nil {
		return nil, err
	}
	probe, err := c.NewRequest(context.Background(), http.MethodGet, "/", []byte("{}"))
	if err == nil {
		_, err = c.Prepared(probe)
	}
	return c, err
}

// common is what goes with every request, whatever its api.
func (s *Sender) common() (apiclient.Config, error) {
	s.once.Do(func() {
		s.config, s.bad = s.Options.ClientConfig(s.In)
		s.config.Receive, s.config.Context = receive, s.Waits
	})
	return s.config, s.bad
}

// clientError is why an api cannot be used at all. Where that is the end of the run, the engine hears of it in a
// moment too.
func clientError(ctx context.Context, r *batch.Request, err error) *batch.Error {
	if errors.Is(err, context.Canceled) {
		select {
		case <-r.Stopping():
		case <-ctx.Done():
		}
		return &batch.Error{Kind: batch.KindCancelled, Message: "the run ended before it was sent"}
	}
	kind := batch.KindInput
	if failure.NoCredential(err) {
		kind = batch.KindAuth
	}
	return &batch.Error{Kind: kind, Message: err.Error()}
}
