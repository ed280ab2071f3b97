package config

import "strings"

// cleaned resolves the dot segments of a path, as RFC 3986, section 5.2.4 does, and makes it begin
// with a slash unless it is empty. Empty segments stay.
func cleaned(path string) string {
	if path == "" {
		return ""
	}
	path = strings.TrimPrefix(path, "/")
	if !strings.Contains(path, ".") {
		return "/" + path
	}
	var kept []string
	slash := false // the path ends with a slash
	for segment := range strings.SplitSeq(path, "/") {
		slash = true
		switch segment {
		case ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept, slash = append(kept, segment), false
		}
	}
	if slash {
		kept = append(kept, "")
	}
	return "/" + strings.Join(kept, "/")
}

// escaped escapes what cannot stand in a URL, and leaves everything else as written.
func escaped(s string) string {
	const hexDigits = "0123456789ABCDEF"
	if strings.IndexFunc(s, func(r rune) bool { return !standing(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if standing(rune(c)) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}

// standing reports whether a character may stand in a path or a query (RFC 3986, section 3.3 and
// 3.4), brackets included, which net/url lets pass too.
func standing(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return true
	}
	return r < 0x80 && strings.ContainsRune("-._~!$&'()*+,;=:@/?%[]", r)
}

// EscapeReference escapes the URL, or part of one, that a server names, as [Profile.URL] does what a user
// writes. A percent sign in the path that escapes nothing stands for itself; what holds control characters stays as it
// is, for nothing parses it.
func EscapeReference(reference string) string {
	reference = strings.Trim(reference, " \t")
	if IndexControl(reference) >= 0 {
		return reference
	}
	reference, fragment, hasFragment := strings.Cut(reference, "#")
	if hasFragment {
		fragment = "#" + fragment
	}
	origin, rest, whole := cutOrigin(reference)
	if !whole {
		origin, rest = "", reference
	}
	if after, ok := strings.CutPrefix(rest, "//"); ok && !whole {
		host, path, found := strings.Cut(after, "/")
		origin, rest = "//"+host, path
		if found {
			rest = "/" + path
		}
	}
	path, query, hasQuery := strings.Cut(rest, "?")
	if hasQuery {
		query = "?" + query
	}
	return origin + escaped(escapedPercent(path)+query) + fragment
}

// escapedPercent escapes the percent signs of a path that no two hexadecimal digits follow.
func escapedPercent(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i+1])
		s = s[i+1:]
		if len(s) < 2 || !isHex(s[0]) || !isHex(s[1]) {
			b.WriteString("25")
		}
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func IndexControl(s string) int {
	return strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}
