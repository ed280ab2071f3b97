package fetch

import (
	"sync"
	"sync/atomic"

	"github.com/arl-cli/arl/internal/apiclient"
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
