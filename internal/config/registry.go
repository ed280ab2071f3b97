package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A Registry knows profiles by name: the built-in ones, a user's over them, and those a program
// registered. It is safe for use by many goroutines. Built-in profiles are read when they are asked
// for.
type Registry struct {
	mu       sync.RWMutex
	profiles map[string]*Profile // all ready; nil for a built-in one that the user deleted
	store    string
}

// NewRegistry returns a registry of the built-in profiles.
func NewRegistry() *Registry {
	return &Registry{profiles: make(map[string]*Profile)}
}

// Load returns a registry of the built-in profiles with a user's configuration over them. A file
// that does not exist is fine; what is wrong with one that does is a [*Error].
func Load(path string) (*Registry, error) {
	r := NewRegistry()
	if err := r.Override(path); err != nil {
		return nil, err
	}
	return r, nil
}

// An UnknownAPIError says that there is no profile of a name.
type UnknownAPIError struct {
	Name    string
	Nearest []string // names that may have been meant, the likeliest first
}

// Error implements error.
func (e *UnknownAPIError) Error() string {
	if len(e.Nearest) == 0 {
		return fmt.Sprintf("unknown api %q", e.Name)
	}
	return fmt.Sprintf("unknown api %q, did you mean %s?", e.Name, strings.Join(e.Nearest, " or "))
}

// Profile returns the profile of a name, which must not be changed. It fails with an
// [*UnknownAPIError] if there is none.
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

// addBuiltIn keeps a profile that was just read, unless another goroutine was first.
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

// Names lists all profiles, sorted.
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

// Register adds a copy of a profile, in the place of one that has its name; what the profile points to
// must not be changed any more. What is wrong with it is a [*Error].
func (r *Registry) Register(p *Profile) error {
	c := *p
	c.compiled = nil // it may have been changed since it was copied from a registry's
	ready, err := c.Compiled()
	if err != nil {
		return fmt.Errorf("register %q: %w", p.Name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.profiles[p.Name] = ready
	return nil
}

// Store is where the configuration wants the live state to be: "file", "memory", the URL of a Redis with
// its password, or empty if it says nothing.
func (r *Registry) Store() string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.store
}

// Check reads every profile and returns what is wrong with any, built-in ones too.
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
