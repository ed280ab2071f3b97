package apis

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Bucket returns the bucket a request falls into: the first one that matches, or nil. path is the
// escaped path of the request's URL, base_url's included.
func (p *Profile) Bucket(method, path string) *Bucket {
	if i := p.bucketIndex(method, path); i >= 0 {
		return &p.Buckets[i]
	}
	return nil
}

// bucketIndex returns the place of the request's bucket in p.Buckets, or -1.
func (p *Profile) bucketIndex(method, path string) int {
	if len(p.Buckets) == 0 {
		return -1
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
		if len(b.Paths) == 0 || matchAny(m.buckets[i].paths, path) {
			return i
		}
	}
	return -1
}

// Idempotent reports whether the profile says that a request may be repeated whatever its method: a
// POST that only reads, or a request that carries the idempotency header. [limiter.Safe] knows the
// rest.
func (p *Profile) Idempotent(req *http.Request) bool {
	if p.IdempotencyHeader != "" && req.Header.Get(p.IdempotencyHeader) != "" {
		return true
	}
	if req.Method != http.MethodPost || len(p.IdempotentPosts) == 0 {
		return false
	}
	m := p.built()
	return matchAny(m.posts, m.below(req.URL.EscapedPath()))
}

// below returns the part of an escaped path that follows base_url's; a path that lies elsewhere stays
// whole.
func (m *made) below(path string) string {
	base := m.base.EscapedPath()
	rest, ok := strings.CutPrefix(path, base)
	if !ok || (rest != "" && rest[0] != '/') {
		return path
	}
	return rest
}

// Key names what a learned rate hangs on: the API, "/" and the bucket if there is one, "@" and the
// tenant if there is one. c may be nil.
func (p *Profile) Key(b *Bucket, c *Credential) string {
	key := p.Name
	if b != nil {
		key += "/" + b.Name
	}
	if tenant := p.Tenant(c); tenant != "" {
		key += "@" + tenant
	}
	return key
}

// tenantDomain keeps the hashes of identities apart from all other hashes of the same values.
const tenantDomain = "arl tenant v1\x00"

// Tenant names whose limit it is: the profile's budget, or eight hexadecimal digits of a hash of the
// credential's identity, the same on every host. It is empty where there is neither.
func (p *Profile) Tenant(c *Credential) string {
	switch {
	case p.Budget != "":
		return p.Budget
	case c == nil || c.Identity() == "":
		return ""
	}
	sum := sha256.Sum256([]byte(tenantDomain + c.Identity()))
	return hex.EncodeToString(sum[:4])
}

// Owns reports whether a URL lies on the profile's origin: same scheme, host and port.
func (p *Profile) Owns(u *url.URL) bool { return sameOrigin(p.built().base, u) }
