package batch

import (
	"slices"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/filestore"
)

// What bounds a run whose records may be for any number of hosts.
const (
	// mostConnections is how many requests are on the wire at once, and idleConnections how many connections are
	// kept for more.
	mostConnections = 512
	idleConnections = 256
	// connectionMemory is what a request on the wire may take of --max-memory, in bytes.
	connectionMemory = 512 << 10
	// deadHost is how long a host that does not respond is waited for.
	deadHost = 5 * time.Minute
)

// boundConnections bounds what records of many hosts may have open.
func (o *options) boundConnections() {
	if o.named() != "" {
		return
	}
	files := max(1, connectionsFor(openFiles(), o.OutputDir != "")-filestore.MaxOpen)
	o.inFlight = max(1, min(mostConnections, files/2, int(o.MaxMemory/connectionMemory)))
	o.MaxIdle = max(1, min(idleConnections, files/4))
}

// find says where the record of a URL goes.
func find(r *config.Registry) func(url string) (record.Target, error) {
	return func(url string) (record.Target, error) {
		p, err := r.ForURL(url)
		switch {
		case err != nil:
			return record.Target{}, err
		case p.AdHoc():
			return record.Target{API: p.Name, Origin: p.BaseURL}, nil
		}
		return record.Target{API: p.Name}, nil
	}
}

// circuit makes outages of an api pauses.
func circuit(p *config.Profile) *limiter.Circuit {
	c := p.Circuit()
	if p.AdHoc() && p.CircuitBreaker == nil {
		c.Tries, c.MaxOpen = 1, deadHost // in a list of URLs some hosts are gone for good
	}
	return c
}

// authenticates reports whether the command line has a credential, which hosts without a profile get too: where they
// deny it, going on is of no use.
func (o *options) authenticates() bool {
	return o.User != "" || o.Bearer != "" || o.Netrc || o.NetrcFile != "" || slices.ContainsFunc(o.Header, func(line string) bool {
		name, _, _ := strings.Cut(line, ":")
		return strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Cookie")
	})
}
