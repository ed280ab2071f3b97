package redact

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// shortSecret is the minimum length of a secret to be hidden inside a word. A password such as "no" is hidden only
	// where it is a word by itself, or every message would become unreadable.
	shortSecret = 4
	// longSecret is the minimum length of a secret to be hidden regardless of case: host names are lower-cased and
	// header names are canonicalized on the way into a message.
	longSecret = 8
	// leastCut is the minimum length of a truncated secret at the end of a message; before an ellipsis it is
	// shortSecret.
	leastCut = 8
)

// formsOf lists a secret and those encodings of it that cannot be decoded byte by byte.
func formsOf(secret string) []string {
	forms := []string{secret}
	for v, encoded := (&view{text: secret}).decoded(); encoded && v.text != ""; v, encoded = v.decoded() {
		forms = append(forms, v.text) // an escape inside the secret is decoded along with the message
	}
	if strings.Contains(secret, " ") {
		for _, form := range forms {
			forms = append(forms, strings.ReplaceAll(form, " ", "+")) // in a query
		}
	}
	if len(secret) < shortSecret {
		return forms
	}
	forms = append(append(forms, hex.EncodeToString([]byte(secret))), inBase64(secret)...)
	for i, form := range forms {
		if len(form) >= longSecret {
			forms[i] = lowered(form)
		}
	}
	return forms
}

// lowered returns s with ASCII letters in lower case; its length does not change.
func lowered(text string) string {
	b := []byte(text)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// inBase64 returns the base64 encodings of a secret, alone and inside a longer string such as user:secret, at each
// of the three alignments. A short secret inside a longer string leaves too few characters to search for.
func inBase64(secret string) []string {
	var forms []string
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		forms = append(forms, enc.EncodeToString([]byte(secret)))
	}
	if len(secret) < 12 {
		return forms
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := enc.EncodeToString([]byte("\x00\x00"[:before] + secret))
			text = text[(before*8+5)/6:]                         // the first letter shares bits with what precedes the secret
			text = text[:len(text)-((before+len(secret))%3+1)/2] // and the last one with what follows it
			forms = append(forms, text)
		}
	}
	return forms
}

// find returns where secrets are in a view, as spans of the original.
func (s *secretSet) find(v *view) (found []span) {
	lower := lowered(v.text)
	for _, form := range s.forms {
		text := lower
		if len(form) < longSecret {
			text = v.text
		}
		for at := 0; ; {
			i := strings.Index(text[at:], form)
			if i < 0 {
				break
			}
			from := at + i
			at = from + len(form)
			if len(form) >= shortSecret || isWord(v.text, from, at) {
				found = append(found, v.original(from, at))
			}
		}
	}
	return append(found, s.findCut(v)...)
}

// isWord reports whether text[from:to] is surrounded by neither letters nor digits.
func isWord(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return !letter(before) && !letter(after)
}

// findCut finds secrets of which only the beginning is left because the message was truncated.
func (s *secretSet) findCut(v *view) (found []span) {
	for _, secret := range s.values {
		for at := 0; at < len(v.text); {
			end, least := len(v.text), leastCut
			next := end
			for _, ellipsis := range []string{"...", "…"} {
				if i := strings.Index(v.text[at:], ellipsis); i >= 0 && at+i < end {
					end, next, least = at+i, at+i+len(ellipsis), shortSecret
				}
			}
			at = next
			kept := strings.TrimRight(v.text[:end], ` "'`)
			for n := min(len(secret)-1, len(kept)); n >= least; n-- {
				if strings.HasSuffix(kept, secret[:n]) {
					found = append(found, v.original(len(kept)-n, len(kept)))
					break
				}
			}
		}
	}
	return found
}
