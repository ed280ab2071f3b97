package paging

import "strings"

// nextLink returns the target of the first link with rel "next" among Link headers (RFC 8288), whether there
// is one, and whether there are any links at all.
func nextLink(headers []string) (target string, found, some bool) {
	for _, rest := range headers {
		for {
			var link, rel string
			var ok bool
			if link, rel, rest, ok = oneLink(rest); !ok {
				break
			}
			some = true
			if !found && isNext(rel) {
				target, found = link, true
			}
		}
	}
	return target, found, some
}

func isNext(rel string) bool {
	for word := range strings.FieldsSeq(rel) {
		if strings.EqualFold(word, "next") {
			return true
		}
	}
	return false
}

// oneLink reads the first link of a header: its target, the value of its first rel, and what follows.
func oneLink(text string) (target, rel, rest string, ok bool) {
	text = strings.TrimLeft(text, " \t,")
	if text == "" || text[0] != '<' {
		return "", "", "", false
	}
	target, rest, ok = strings.Cut(text[1:], ">")
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

// parameter reads a name and its value, a word or a quoted text.
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
