package headers

import (
	"net/http"
	"slices"
)

// Matches reports whether one of the rules matches a response.
func Matches(rules []Rule, status int, h http.Header, body []byte) bool {
	return matching(rules, status, h, body) >= 0
}

// MayMatch reports whether one of the rules may match a response whose body is not known.
func MayMatch(rules []Rule, status int, h http.Header) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool { return r.head(status, h) })
}
