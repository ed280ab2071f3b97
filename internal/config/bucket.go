package config

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/pkg/limiter"
)

// Bucket returns the bucket of a request: the first one that matches, or nil. path is the escaped path of its URL,
// including that of base_url.
func (p *Profile) Bucket(method, path string) *Bucket {
	if i, _ := p.FindBucket(method, path); i >= 0 {
		return &p.Buckets[i]
	}
	return nil
}

// FindBucket returns the index of a request's bucket in p.Buckets, or -1, and its name with the placeholders replaced by
// segments of the path.
func (p *Profile) FindBucket(method, path string) (i int, name string) {
	return p.findBucket(method, path, func(i int, name string) (string, bool) { return name, !asks(&p.Buckets[i]) })
}

// findBucket asks accept of each bucket that method and path match.
func (p *Profile) findBucket(method, path string, accept func(i int, name string) (string, bool)) (i int, name string) {
	if len(p.Buckets) == 0 {
		return -1, ""
	}
	m := p.built()
	path = m.below(path)
	if method == "" {
		method = http.MethodGet
	}
	for i := range p.Buckets {
		b := &p.Buckets[i]
		if len(b.Methods) > 0 && !slices.Contains(b.Methods, method) {
			continue
		}
		if name, ok := m.buckets[i].pattern.match(path); ok {
			if name, ok = accept(i, name); ok {
				return i, name
			}
		}
	}
	return -1, ""
}

// Idempotent reports whether the profile allows retries of a request regardless of its method: a POST that only reads,
// or a request with the idempotency header. [limiter.Safe] decides by method.
func (p *Profile) Idempotent(req *http.Request) bool {
	if p.IdempotencyHeader != "" && httpcheck.IsKey(req.Header.Get(p.IdempotencyHeader)) {
		return true
	}
	return p.onlyReads(req)
}

// onlyReads reports whether a request is a POST that only reads: one of idempotent_posts, or a GraphQL document without
// a mutation.
func (p *Profile) onlyReads(req *http.Request) bool {
	if req.Method != http.MethodPost {
		return false
	}
	if m := p.built(); len(p.IdempotentPosts) > 0 && matchAny(m.posts, m.below(req.URL.EscapedPath())) {
		return true
	}
	return p.onlyQueries(req)
}

// below returns an escaped path without that of base_url; a path outside base_url is returned unchanged.
func (m *compiled) below(path string) string {
	base := m.base.EscapedPath()
	rest, ok := strings.CutPrefix(path, base)
	if !ok || (rest != "" && rest[0] != '/') {
		return path
	}
	return rest
}

// Key returns the key that a learned rate is stored under: the API, "/" and the bucket if there is one, "@" and the
// tenant if there is one. For a bucket with placeholders it is the key of the requests beyond the maximum number of
// names; apiclient.Client.Key returns that of one request.
func (p *Profile) Key(b *Bucket, identity string) string {
	if b == nil {
		return p.KeyFor("", p.Tenant(identity))
	}
	return p.KeyFor(b.Name, p.Tenant(identity))
}

// KeyFor returns the key of a bucket, by name, and a tenant; both may be empty.
func (p *Profile) KeyFor(bucket, tenant string) string {
	key := p.Name
	if bucket != "" {
		key += "/" + bucket
	}
	if tenant != "" {
		key += "@" + tenant
	}
	return key
}

// sharedBucket takes the place of a bucket in the key of what all buckets of a profile share.
const sharedBucket = "*"

// IsSharedKey reports whether a key is that of the limit that all buckets of a profile share, see [Profile.Gate].
func IsSharedKey(key string) bool {
	_, bucket, _ := strings.Cut(key, "/")
	return bucket == sharedBucket || strings.HasPrefix(bucket, sharedBucket+"@")
}

// UnitOfKey returns what the limit of a key counts; empty for requests.
func UnitOfKey(key string) string {
	_, unit, _ := strings.Cut(key, " ")
	return unit
}

// Gate returns the limit that the requests of a bucket, or of none, share with all others of the profile, beside that of
// their own key: its limits and max_concurrency. It is nil if there is none, as for a profile without buckets.
func (p *Profile) Gate(b *Bucket, identity string) *limiter.SharedLimit {
	cost := 1
	if b != nil && b.Cost != nil {
		cost = *b.Cost
	}
	bound := valueOr(p.MaxConcurrency, 0, 0)
	all := slices.ContainsFunc(p.ThrottleWhen, func(r Rule) bool { return r.All })
	if len(p.Buckets) == 0 || cost == 0 || len(p.Limits) == 0 && bound == 0 && !all {
		return nil
	}
	return &limiter.SharedLimit{
		Key: p.KeyFor(sharedBucket, p.Tenant(identity)), Windows: slices.Clone(p.Limits), MaxConcurrency: bound, Cost: cost,
	}
}

// GateWithin is Gate with at most that many requests in flight, if the profile has buckets.
func (p *Profile) GateWithin(b *Bucket, identity string, most int) *limiter.SharedLimit {
	gate := p.Gate(b, identity)
	free := b != nil && b.Cost != nil && *b.Cost == 0
	if most <= 0 || len(p.Buckets) == 0 || free {
		return gate
	}
	if gate == nil {
		gate = &limiter.SharedLimit{Key: p.KeyFor(sharedBucket, p.Tenant(identity))}
	}
	if gate.MaxConcurrency == 0 || most < gate.MaxConcurrency {
		gate.MaxConcurrency = most
	}
	return gate
}

// tenantDomain makes the hashes of identities differ from other hashes of the same values.
const tenantDomain = "arl tenant v1\x00"

// Tenant identifies whose rate limit it is in a key: the profile's budget, or eight hexadecimal digits of a hash of the
// credential's identity, the same on every host; "" if there is neither.
func (p *Profile) Tenant(identity string) string {
	switch {
	case p.Budget != "":
		return p.Budget
	case identity == "":
		return ""
	}
	sum := sha256.Sum256([]byte(tenantDomain + identity))
	return hex.EncodeToString(sum[:4])
}

// Owns reports whether a URL is on the profile's origin: same scheme, host and port.
func (p *Profile) Owns(u *url.URL) bool { return sameOrigin(p.built().base, u) }

// Origin returns the profile's origin: scheme, host and port.
func (p *Profile) Origin() string { return originOf(p.built().base) }

// Hostname returns the host of the profile's origin, without a port.
func (p *Profile) Hostname() string { return p.built().base.Hostname() }
