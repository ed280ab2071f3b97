package apiclient

import (
	"sync"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
)

const (
	// mostNames is how many names of a bucket with placeholders have keys of their own in one client. The
	// requests of all further ones share the key of the bucket's name as it is written, "airtable/{base}".
	mostNames = 200
	// longestName is the longest name that has a key of its own.
	longestName = 1000
)

// keyset knows the keys of a client's requests, and what they pass together. It is safe for use by many
// goroutines.
type keyset struct {
	profile *config.Profile
	tenant  string
	secrets *redact.Secrets
	written []string               // the keys of the buckets as they are written, then that of no bucket
	gates   []*limiter.SharedLimit // parallel to written

	mu    sync.RWMutex
	named map[string]named // by the bucket's name
	count []int            // names of each bucket
}

// A named is one bucket of those that a bucket with placeholders stands for.
type named struct {
	bucket int
	key    string
}

func newKeyset(p *config.Profile, c *credential.Credential, secrets *redact.Secrets, most int) *keyset {
	identity := c.Identity()
	k := &keyset{
		profile: p, tenant: p.Tenant(identity), secrets: secrets,
		named: make(map[string]named), count: make([]int, len(p.Buckets)),
	}
	for i := range p.Buckets {
		b := &p.Buckets[i]
		k.written = append(k.written, p.Key(b, identity))
		k.gates = append(k.gates, p.GateWithin(b, identity, most))
		k.named[b.Name] = named{i, p.Key(b, identity)}
	}
	k.written, k.gates = append(k.written, p.Key(nil, identity)), append(k.gates, p.GateWithin(nil, identity, most))
	return k
}

// of returns the key of a bucket's request that has this name, and its gate. bucket is -1 for none.
func (k *keyset) of(bucket int, name string) (key string, gate *limiter.SharedLimit) {
	if bucket < 0 {
		last := len(k.written) - 1
		return k.written[last], k.gates[last]
	}
	k.mu.RLock()
	n, ok := k.named[name]
	k.mu.RUnlock()
	if !ok {
		n = k.add(bucket, name)
	}
	if n.bucket != bucket {
		return k.written[bucket], k.gates[bucket] // another bucket has that name
	}
	return n.key, k.gates[bucket]
}

// add gives a name a key, if there is room for one and nothing secret in it.
func (k *keyset) add(bucket int, name string) named {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n, ok := k.named[name]; ok {
		return n
	}
	if k.count[bucket] >= mostNames || len(name) > longestName || k.secrets.Redact(name) != name {
		return named{bucket, k.written[bucket]}
	}
	k.count[bucket]++
	n := named{bucket, k.profile.KeyFor(config.KeyText(name), k.tenant)}
	k.named[name] = n
	return n
}
