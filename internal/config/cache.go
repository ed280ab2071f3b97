package config

import (
	"gopkg.in/yaml.v3"

	"github.com/arl-cli/arl/internal/httpcache"
)

// A CachePolicy says how responses to GET and HEAD are stored and used again: "revalidate" asks the server each time
// whether what is stored still holds, a duration does not ask within that time, "off" stores nothing.
type CachePolicy = httpcache.Policy

// parseCachePolicy reads a policy as a configuration has it.
func parseCachePolicy(s string) (CachePolicy, error) { return httpcache.ParsePolicy(s, parseDuration) }

// setCacheBound reads cache: {max: 1GiB} of the configuration.
func (c *config) setCacheBound(n *yaml.Node) {
	for _, e := range c.entries(n, "cache") {
		if e.name != "max" {
			c.unknown(e, "cache", []string{"max"})
			continue
		}
		size, err := parseSize(follow(e.value).Value)
		if err != nil {
			c.problem(e.value, "cache.max", "%v", err)
		}
		c.cacheMax = size
	}
}

// CacheBound is how many bytes the configuration lets the cache of responses hold; 0 if it says nothing.
func (r *Registry) CacheBound() int64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.cacheMax
}
