package config

import "strings"

// cleaned resolves the dot segments of a path (RFC 3986, section 5.2.4) and makes it begin with a slash unless it is
// empty. Empty segments stay.
func cleaned(path string) string {
	if path == "" {
		return ""
	}
	path = strings.TrimPrefix(path, "/")
	if !strings.Contains(path, ".") {
		return "/" + path
	}
	var kept []string
	slash := false // whether the path ends with a slash
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

// escaped escapes the characters that are not allowed in a URL, and leaves everything else as written.
func escaped(s string) string {
	const hexDigits = "0123456789ABCDEF"
	if strings.IndexFunc(s, func(r rune) bool { return !allowedInURL(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if allowedInURL(rune(c)) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}

// allowedInURL reports whether a character is allowed in a path or a query (RFC 3986, sections 3.3 and 3.4), or is a
// bracket, which net/url accepts too.
func allowedInURL(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return true
	}
	return r < 0x80 && strings.ContainsRune("-._~!$&'()*+,;=:@/?%[]", r)
}

// EscapeReference escapes a URL, or a part of one, from a server in the way that [Profile.URL] escapes a user's. A
// percent sign in the path that begins no escape becomes %25. A reference with control characters is returned as it is:
// nothing parses it.
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

// escapedPercent escapes the percent signs of a path that are not followed by two hexadecimal digits.
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

// IndexControl returns the index of the first control character in s, or -1.
func IndexControl(s string) int {
	return strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}
