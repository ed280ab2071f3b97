package redact

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// shortSecret is how long a secret must be to be hidden within a word. "no" is hidden where it is a word only:
	// otherwise no message could be read that tells of a user with such a password.
	shortSecret = 4
	// longSecret is how long a secret must be to be hidden in any case of its letters: the names of hosts and of
	// headers are written in one of their own.
	longSecret = 8
	// leastCut is how much of a secret that was cut off at the end of a text is hidden; before an ellipsis it is
	// shortSecret.
	leastCut = 8
)

// formsOf lists a secret and the encodings of it that no text can be decoded from byte by byte.
func formsOf(secret string) []string {
	forms := []string{secret}
	for v, encoded := (&view{text: secret}).decoded(); encoded && v.text != ""; v, encoded = v.decoded() {
		forms = append(forms, v.text) // what looks like an escape in it is decoded with the rest of a text
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

// lowered is a text with ASCII's letters in lower case, of the same length.
func lowered(text string) string {
	b := []byte(text)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// inBase64 returns what of a secret can be seen in base64: of the secret alone, and of a longer text such as
// user:secret, wherever it begins there. Within a longer text a short secret leaves too little to go by.
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
			text = text[(before*8+5)/6:]                         // its first letter shares bits with what precedes
			text = text[:len(text)-((before+len(secret))%3+1)/2] // and its last one with what follows
			forms = append(forms, text)
		}
	}
	return forms
}

// find returns where secrets are in a view of a text, as parts of that text.
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

// isWord reports whether neither a letter nor a digit is next to a part of a text.
func isWord(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return !letter(before) && !letter(after)
}

// findCut finds secrets of which only the beginning is left: the text was cut off there.
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
