package httpcache

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// directives are those of Cache-Control, by their names in lower case. One that is there twice has the stricter value.
type directives map[string]string

// parseDirectives reads Cache-Control (RFC 9111, section 5.2). What is not well-formed is skipped.
func parseDirectives(h http.Header) directives {
	d := make(directives)
	for _, line := range h["Cache-Control"] {
		for line != "" {
			var part string
			part, line = cutListItem(line)
			name, value, _ := strings.Cut(part, "=")
			if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
				d.add(name, unquote(strings.TrimSpace(value)))
			}
		}
	}
	if _, ok := h["Cache-Control"]; !ok && strings.EqualFold(h.Get("Pragma"), "no-cache") {
		d["no-cache"] = ""
	}
	return d
}

// add keeps the smaller of two values that are numbers (section 4.2.1).
func (d directives) add(name, value string) {
	if before, ok := d[name]; ok {
		a, okA := deltaSeconds(before)
		b, okB := deltaSeconds(value)
		if okA && okB && a <= b || !okA {
			return
		}
	}
	d[name] = value
}

func (d directives) has(name string) bool {
	_, ok := d[name]
	return ok
}

// seconds returns a directive that is a number of seconds. One that is no number counts as 0: stale.
func (d directives) seconds(name string) (time.Duration, bool) {
	value, ok := d[name]
	if !ok {
		return 0, false
	}
	n, _ := deltaSeconds(value)
	return n, true
}

// maxDelta is what longer times count as (section 1.2.2).
const maxDelta = 1 << 31

func deltaSeconds(s string) (time.Duration, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > maxDelta {
		n = maxDelta
	}
	return time.Duration(n) * time.Second, true
}

// cutListItem cuts the first item off a comma-separated list; a comma in a quoted string is part of it.
func cutListItem(s string) (item, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.ReplaceAll(s[1:len(s)-1], `\`, "")
}

// fieldNames lists the names in a header that is a list of header names, canonical, each once.
func fieldNames(values []string) []string {
	var names []string
	seen := make(map[string]bool)
	for _, line := range values {
		for name := range strings.SplitSeq(line, ",") {
			name = http.CanonicalHeaderKey(strings.TrimSpace(name))
			if name != "" && !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}
