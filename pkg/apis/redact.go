package apis

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// hidden stands where a secret was.
const hidden = "[redacted]"

// Redact replaces every occurrence of the secrets in s, by value: as they are, percent-encoded,
// quoted as Go and JSON quote, and in base64, also within a longer text; and the values of parameters in a URL
// whose names say that they are secret, such as access_token.
func Redact(s string, secrets ...string) string {
	if s == "" {
		return s
	}
	return newRedactor(secrets).redact(s)
}

// A redactor hides secrets, more of which may become known. It is safe for use by many goroutines.
type redactor struct {
	mu       sync.Mutex
	secrets  []string
	replacer atomic.Pointer[strings.Replacer] // nil: there is no secret
}

func newRedactor(secrets []string) *redactor {
	r := &redactor{}
	r.add(secrets...)
	return r
}

// add makes more secrets known. Those that were are still hidden.
func (r *redactor) add(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.secrets)
	for _, secret := range secrets {
		if secret != "" && !slices.Contains(r.secrets, secret) {
			r.secrets = append(r.secrets, secret)
		}
	}
	if len(r.secrets) > before {
		r.replacer.Store(replacerOf(r.secrets))
	}
}

// all returns the secrets that are known.
func (r *redactor) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.secrets)
}

func (r *redactor) redact(s string) string {
	if p := r.replacer.Load(); p != nil {
		s = p.Replace(s)
	}
	return redactParameters(s)
}

func replacerOf(secrets []string) *strings.Replacer {
	var forms []string
	for _, secret := range secrets {
		forms = append(forms, formsOf(secret)...)
	}
	// The longest first: where several match, the replacer takes the first.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, form := range slices.Compact(forms) {
		pairs = append(pairs, form, hidden)
	}
	return strings.NewReplacer(pairs...)
}

func formsOf(secret string) []string {
	quoted := strconv.Quote(secret)
	forms := []string{
		secret,
		quoted[1 : len(quoted)-1],
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.RawStdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)),
		base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
	for _, encode := range []func(string) string{url.QueryEscape, url.PathEscape, escaped} {
		encoded := encode(secret)
		forms = append(forms, encoded, lowerEscapes(encoded))
	}
	if b, err := json.Marshal(secret); err == nil {
		forms = append(forms, string(b[1:len(b)-1])) // with \u0026 where Go has &
	}
	return append(forms, within64(secret)...)
}

// within64 returns what of a secret can be seen in the base64 of a longer text, such as user:secret, wherever
// it begins there. Of a short secret that is too little to go by.
func within64(secret string) []string {
	if len(secret) < 12 {
		return nil
	}
	var forms []string
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := enc.EncodeToString([]byte("\x00\x00"[:before] + secret))
			text = text[(before*8+5)/6:]                         // its first letter shares bits with what stands before
			text = text[:len(text)-((before+len(secret))%3+1)/2] // and its last one with what comes after
			forms = append(forms, text)
		}
	}
	return forms
}

// lowerEscapes writes the digits of percent-escapes in lower case.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}
