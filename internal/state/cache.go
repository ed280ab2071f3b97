package state

import "github.com/arl-cli/arl/internal/httpcache"

// Cache is where responses are stored, whether any profile wants that or not; nil where there is no place for it.
func (s *Session) Cache() *httpcache.Cache {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cache == nil && s.Paths.Cache != "" {
		s.cache = httpcache.New(s.Paths.Cache, s.Registry.CacheBound(), s.warn)
	}
	return s.cache
}

// closeCache gives back what was reserved of the cache's size.
func (s *Session) closeCache() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cache != nil {
		s.cache.Close()
	}
}
