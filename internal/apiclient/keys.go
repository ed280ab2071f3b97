package apiclient

import (
	"sync"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
)

const (
	// maxNames is how many names of a bucket with placeholders get keys of their own in one client. The requests of all
	// others share the key of the bucket's name as written, "airtable/{base}".
	maxNames = 200
	// maxNameLen is the length of the longest name that gets a key of its own.
	maxNameLen = 1000
)

// keyset maps the requests of a client to their keys and shared limits. It is safe for concurrent use.
type keyset struct {
	profile *config.Profile
	tenant  string
	secrets *redact.Secrets
	written []string               // the keys of the buckets as written, then the one for no bucket
	gates   []*limiter.SharedLimit // parallel to written

	mu    sync.RWMutex
	named map[string]named // by the bucket's name
	count []int            // names of each bucket
	said  map[string]bool  // what is said once
}

// once does what is done once for a name.
func (k *keyset) once(name string, do func()) {
	k.mu.Lock()
	done := k.said[name]
	if !done {
		if k.said == nil {
			k.said = make(map[string]bool)
		}
		k.said[name] = true
	}
	k.mu.Unlock()
	if !done {
		do()
	}
}

// A named is one of the buckets that a bucket with placeholders stands for.
type named struct {
	bucket int
	key    string
}

func newKeyset(p *config.Profile, identity string, secrets *redact.Secrets, most int) *keyset {
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

// of returns the key and the shared limit of a request in the bucket of that index and name; the index is -1 for none.
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

// add gives a name a key of its own, unless there are too many or it contains a secret.
func (k *keyset) add(bucket int, name string) named {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n, ok := k.named[name]; ok {
		return n
	}
	if k.count[bucket] >= maxNames || len(name) > maxNameLen || k.secrets.Redact(name) != name {
		return named{bucket, k.written[bucket]}
	}
	k.count[bucket]++
	n := named{bucket, k.profile.KeyFor(config.KeyText(name), k.tenant)}
	k.named[name] = n
	return n
}
