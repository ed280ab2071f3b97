package redact

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Hidden replaces a secret.
const Hidden = "[redacted]"

// Text replaces every occurrence of the secrets in text: as they are, percent-encoded, escaped as in Go, JSON and HTML,
// even twice, in base64 and in hex, inside a longer string too, and truncated before "...". It also replaces the
// values of URL parameters that are secret by their names, such as access_token.
func Text(text string, secrets ...string) string {
	if text == "" {
		return text
	}
	return newSecretSet(secrets).redact(text)
}

// Secrets is a set of values to be removed from messages; values can be added at any time. The zero value is empty and
// ready to use. It is safe for concurrent use.
type Secrets struct {
	mu  sync.Mutex // held while values are added
	set atomic.Pointer[secretSet]
}

// Add adds values to the set. Empty ones are ignored.
func (s *Secrets) Add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.known()
	if set := newSecretSet(append(slices.Clone(old.values), values...)); len(set.values) > len(old.values) {
		s.set.Store(set)
	}
}

// Redact is [Text] with the values added so far.
func (s *Secrets) Redact(text string) string { return s.known().redact(text) }

// All returns the values added so far.
func (s *Secrets) All() []string { return slices.Clone(s.known().values) }

func (s *Secrets) known() *secretSet {
	if set := s.set.Load(); set != nil {
		return set
	}
	return &secretSet{}
}

// A secretSet is an immutable set of secrets, with the encodings to search for.
type secretSet struct {
	values []string
	forms  []string // the values and their encodings
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

// maxLayers is how many nested encodings are decoded.
const maxLayers = 4

func (s *secretSet) redact(text string) string {
	if len(s.values) > 0 {
		v := view{text: text}
		var found []span
		for range maxLayers {
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

// A span is a half-open range of bytes.
type span struct{ from, to int }

// replaced replaces spans of text, which may overlap, by [Hidden].
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
