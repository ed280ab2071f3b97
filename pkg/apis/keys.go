package apis

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"github.com/arl-cli/arl/pkg/limiter"
)

const (
	// mostNames is how many names of a bucket with placeholders have keys of their own in one client. The
	// requests of all further ones share the key of the bucket's name as it is written, "airtable/{base}".
	mostNames = 200
	// longestName is the longest name that has a key of its own.
	longestName = 1000
	// longestText is how much of a name stands in a key.
	longestText = 64
)

// keyset knows the keys of a client's requests, and what they pass together. It is safe for use by many
// goroutines.
type keyset struct {
	profile *Profile
	tenant  string
	secrets *Secrets
	written []string        // the keys of the buckets as they are written, then that of no bucket
	gates   []*limiter.Gate // parallel to written

	mu    sync.RWMutex
	named map[string]named // by the bucket's name
	count []int            // names of each bucket
}

// A named is one bucket of those that a bucket with placeholders stands for.
type named struct {
	bucket int
	key    string
}

func newKeyset(p *Profile, c *Credential, secrets *Secrets, most int) *keyset {
	k := &keyset{
		profile: p, tenant: p.Tenant(c), secrets: secrets,
		named: make(map[string]named), count: make([]int, len(p.Buckets)),
	}
	for i := range p.Buckets {
		b := &p.Buckets[i]
		k.written = append(k.written, p.Key(b, c))
		k.gates = append(k.gates, p.narrow(b, c, most))
		k.named[b.Name] = named{i, p.Key(b, c)}
	}
	k.written, k.gates = append(k.written, p.Key(nil, c)), append(k.gates, p.narrow(nil, c, most))
	return k
}

// of returns the key of a bucket's request that has this name, and its gate. bucket is -1 for none.
func (k *keyset) of(bucket int, name string) (key string, gate *limiter.Gate) {
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
	n := named{bucket, k.profile.keyOf(keyText(name), k.tenant)}
	k.named[name] = n
	return n
}

// keyText is a name as a part of a key: as it is written, with "%XX" for what has a meaning in keys, and a
// hash for the end of a long one.
func keyText(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if alphanumeric(rune(c)) || strings.IndexByte("%.-_~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	text := b.String()
	if len(text) <= longestText {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return text[:longestText-9] + "~" + hex.EncodeToString(sum[:4])
}
