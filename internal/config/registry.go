package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A Registry contains profiles by name: those built in, changed and extended by the user's configuration, and those that a
// program registered. It decodes built-in profiles when they are first used. It is safe for concurrent use.
type Registry struct {
	mu       sync.RWMutex
	profiles map[string]*Profile // all compiled; nil for a built-in one that the user deleted
	store    string
	cacheMax int64                  // bytes
	defaults *Profile               // of ad hoc profiles, ready; nil: nothing is configured
	byOrigin map[string][]candidate // nil: not looked for yet, or profiles were added since
}

// NewRegistry returns a registry of the built-in profiles.
func NewRegistry() *Registry {
	return &Registry{profiles: make(map[string]*Profile)}
}

// Load returns a registry of the built-in profiles, changed and extended by the configuration in a file. A missing file
// is not an error; an invalid one is an [*Error].
func Load(path string) (*Registry, error) {
	r := NewRegistry()
	if err := r.Override(path); err != nil {
		return nil, err
	}
	return r, nil
}

// An UnknownAPIError says that there is no profile of that name.
type UnknownAPIError struct {
	Name    string
	Nearest []string // similar names, the most similar first
}

// Error implements error.
func (e *UnknownAPIError) Error() string {
	if len(e.Nearest) == 0 {
		return fmt.Sprintf("unknown api %q", e.Name)
	}
	return fmt.Sprintf("unknown api %q, did you mean %s?", e.Name, strings.Join(e.Nearest, " or "))
}

// Profile returns the profile of that name, which must not be modified, or an [*UnknownAPIError].
func (r *Registry) Profile(name string) (*Profile, error) {
	r.mu.RLock()
	p, known := r.profiles[name]
	r.mu.RUnlock()
	switch {
	case p != nil:
		return p, nil
	case known:
		return nil, r.unknown(name)
	}
	p, err := builtIn(name)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, r.unknown(name)
	}
	if p, err = p.Compiled(); err != nil {
		return nil, err
	}
	return r.addBuiltIn(p), nil
}

// addBuiltIn stores a profile that was just decoded, unless another goroutine was first.
func (r *Registry) addBuiltIn(p *Profile) *Profile {
	r.mu.Lock()
	defer r.mu.Unlock()
	if first := r.profiles[p.Name]; first != nil {
		return first
	}
	r.profiles[p.Name] = p
	return p
}

func (r *Registry) unknown(name string) error {
	return &UnknownAPIError{Name: name, Nearest: nearest(name, r.Names())}
}

// Names returns the names of all profiles, sorted.
func (r *Registry) Names() []string {
	known := make(map[string]bool)
	for _, name := range builtInNames() {
		known[name] = true
	}
	r.mu.RLock()
	for name, p := range r.profiles {
		known[name] = p != nil
	}
	r.mu.RUnlock()
	maps.DeleteFunc(known, func(_ string, exists bool) bool { return !exists })
	return slices.Sorted(maps.Keys(known))
}

// Register adds a copy of a profile and replaces one of the same name. What the profile points to must not be modified
// afterwards. An invalid profile is an [*Error].
func (r *Registry) Register(p *Profile) error {
	c := *p
	c.compiled = nil // it may have been modified since it was copied from a registry
	ready, err := c.Compiled()
	if err != nil {
		return fmt.Errorf("register %q: %w", p.Name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.profiles[p.Name], r.byOrigin = ready, nil
	return nil
}

// Store returns the store that the configuration names: "file", "memory", the URL of a Redis with its password, or "".
func (r *Registry) Store() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.store
}

// Check checks every profile, including the built-in ones, and returns an [*Error] that lists every problem.
func (r *Registry) Check() error {
	var problems []Problem
	for _, name := range r.Names() {
		_, err := r.Profile(name)
		if bad, ok := errors.AsType[*Error](err); ok {
			problems = append(problems, bad.Problems...)
		} else if err != nil {
			return err
		}
	}
	return configError(problems)
}
