package pagination

import "strings"

// A linkHeader is what Link headers say (RFC 8288, and as servers write it).
type linkHeader struct {
	next      string // the target of the first link with rel "next"
	found     bool   // there is one
	some      bool   // there are links at all
	malformed bool   // a next page is named, and not where
}

// readLinks reads Link headers. What is malformed and speaks of a next page must not end a list without a
// word.
func readLinks(headers []string) (h linkHeader) {
	for _, rest := range headers {
		for rest != "" {
			link, rel, after, ok := oneLink(rest)
			if !ok {
				h.malformed = h.malformed || strings.Contains(strings.ToLower(rest), "next")
				break
			}
			h.some = true
			if !h.found && isNext(rel) {
				h.next, h.found = link, true
			}
			rest = after
		}
	}
	h.malformed = h.malformed && !h.found
	return h
}

func isNext(rel string) bool {
	for word := range strings.FieldsSeq(rel) {
		if strings.EqualFold(strings.TrimPrefix(word, "'"), "next") { // a quote that is not closed
			return true
		}
	}
	return false
}

// oneLink reads the first link of a header: its target, the value of its first rel, and what follows. The
// angle brackets may be missing.
func oneLink(text string) (target, rel, rest string, ok bool) {
	text = strings.TrimLeft(text, " \t,")
	if text == "" {
		return "", "", "", false
	}
	if text[0] == '<' {
		target, rest, ok = strings.Cut(text[1:], ">")
	} else if end := strings.IndexByte(text, ';'); end > 0 && isReference(text[:end]) {
		target, rest, ok = text[:end], text[end:], true
	}
	seen := false
	for ok {
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" || rest[0] != ';' {
			break
		}
		var name, value string
		name, value, rest = parameter(rest[1:])
		if !seen && strings.EqualFold(name, "rel") {
			rel, seen = value, true
		}
	}
	return strings.TrimSpace(target), rel, rest, ok
}

// isReference reports whether a text without angle brackets is a URL.
func isReference(text string) bool {
	return !strings.ContainsAny(text, " \t,<>\"") && (strings.Contains(text, "://") || strings.ContainsAny(text[:1], "/?"))
}

// parameter reads a name and its value, a word or a string in double quotes, or as some write it in single
// ones.
func parameter(text string) (name, value, rest string) {
	end := strings.IndexAny(text, "=;,")
	if end < 0 {
		return strings.TrimSpace(text), "", ""
	}
	name, rest = strings.TrimSpace(text[:end]), text[end:]
	if rest[0] != '=' {
		return name, "", rest
	}
	rest = strings.TrimLeft(rest[1:], " \t")
	if strings.HasPrefix(rest, `"`) {
		value, rest = quoted(rest[1:])
		return name, value, rest
	}
	if single, after, ok := strings.Cut(strings.TrimPrefix(rest, "'"), "'"); ok && rest[0] == '\'' {
		return name, single, after
	}
	if end = strings.IndexAny(rest, ";,"); end < 0 {
		end = len(rest)
	}
	return name, strings.TrimSpace(rest[:end]), rest[end:]
}

// quoted reads a text up to its closing quote.
func quoted(text string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:]
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}
