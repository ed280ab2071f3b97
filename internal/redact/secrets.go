package redact

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Hidden replaces what was a secret.
const Hidden = "[redacted]"

// Text replaces every occurrence of the secrets in text, by value: as they are, percent-encoded, escaped as Go,
// JSON and HTML do, even twice, in base64 and in hex, also within a longer text, and where only their beginning is
// left of them before "..."; and the values of parameters in a URL whose names say that they are secret, such as
// access_token.
func Text(text string, secrets ...string) string {
	if text == "" {
		return text
	}
	return newSecretSet(secrets).redact(text)
}

// Secrets are values that nobody may see, more of which may become known at any time. The zero value knows none and
// is ready to use. It is safe for use by many goroutines.
type Secrets struct {
	mu  sync.Mutex // held while some are added
	set atomic.Pointer[secretSet]
}

// Add makes more values known; those that were stay so. Empty ones are dropped.
func (s *Secrets) Add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.known()
	if set := newSecretSet(append(slices.Clone(old.values), values...)); len(set.values) > len(old.values) {
		s.set.Store(set)
	}
}

// Redact is the function [Text] with all values that are known by now.
func (s *Secrets) Redact(text string) string { return s.known().redact(text) }

// All returns the values that are known by now.
func (s *Secrets) All() []string { return slices.Clone(s.known().values) }

func (s *Secrets) known() *secretSet {
	if set := s.set.Load(); set != nil {
		return set
	}
	return &secretSet{}
}

// A secretSet is a set of secrets and all that is searched for on their account. It is never changed.
type secretSet struct {
	values []string
	forms  []string // the values, and what they are encoded to
}

func newSecretSet(values []string) *secretSet {
	s := &secretSet{}
	for _, v := range values {
		if v != "" && !slices.Contains(s.values, v) {
			s.values = append(s.values, v)
			s.forms = append(s.forms, formsOf(v)...)
		}
	}
	return s
}

// mostLayers is how many encodings, one around the other, are looked through.
const mostLayers = 4

func (s *secretSet) redact(text string) string {
	if len(s.values) > 0 {
		v := view{text: text}
		var found []span
		for range mostLayers {
			found = append(found, s.find(&v)...)
			var encoded bool
			if v, encoded = v.decoded(); !encoded {
				break
			}
		}
		text = replaced(text, found)
	}
	return redactParameters(text)
}

// A span is a part of a text, from the first byte to the one after the last.
type span struct{ from, to int }

// replaced replaces parts of a text, which may overlap.
func replaced(text string, parts []span) string {
	if len(parts) == 0 {
		return text
	}
	slices.SortFunc(parts, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	at := 0
	for i, p := range parts {
		if i == 0 || p.from >= at {
			b.WriteString(text[at:p.from] + Hidden)
		}
		at = max(at, p.to)
	}
	return b.String() + text[at:]
}
