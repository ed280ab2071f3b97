package apis

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// hidden stands where a secret was.
const hidden = "[redacted]"

// Redact replaces every occurrence of the secrets in s, by value: as they are, percent-encoded,
// quoted as Go quotes, and in base64.
func Redact(s string, secrets ...string) string {
	if s == "" {
		return s
	}
	r := newRedactor(secrets)
	return r.redact(s)
}

// A redactor hides a fixed set of secrets.
type redactor struct{ replacer *strings.Replacer }

func newRedactor(secrets []string) redactor {
	var forms []string
	for _, secret := range secrets {
		if secret != "" {
			forms = append(forms, formsOf(secret)...)
		}
	}
	if len(forms) == 0 {
		return redactor{}
	}
	// The longest first: where several match, the replacer takes the first.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, form := range slices.Compact(forms) {
		pairs = append(pairs, form, hidden)
	}
	return redactor{strings.NewReplacer(pairs...)}
}

func (r redactor) redact(s string) string {
	if r.replacer == nil {
		return s
	}
	return r.replacer.Replace(s)
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
