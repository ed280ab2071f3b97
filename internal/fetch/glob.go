package fetch

import (
	"regexp"
	"strings"
)

// Glob returns the first part of a path, or of a URL, that curl makes several requests of: {a,b}, [1-9], [a-z:2]. Empty
// if there is none, as in ?filter[name]=x and in JSON.
func Glob(typed string) string {
	if _, after, whole := strings.Cut(typed, "://"); whole { // an IPv6 address has brackets, too
		typed = strings.TrimLeftFunc(after, func(r rune) bool { return r != '/' && r != '?' })
	}
	if !strings.ContainsAny(typed, "{[") {
		return ""
	}
	return regexp.MustCompile(`\{[^{}"]*\}|\[(\d+-\d+|[a-zA-Z]-[a-zA-Z])(:\d+)?\]`).FindString(typed)
}
