package redact

import (
	"net/http"
	"slices"
	"strings"
)

// InHeaderValue returns what is secret about a header's value: all of it, what follows a scheme, the password that Basic
// encodes, and the values of cookies.
func InHeaderValue(value string) []string {
	out := []string{value}
	if _, token, found := strings.Cut(value, " "); found {
		out = append(out, token)
	}
	if _, password, ok := (&http.Request{Header: http.Header{"Authorization": {value}}}).BasicAuth(); ok {
		out = append(out, password)
	}
	for pair := range strings.SplitSeq(value, ";") {
		if _, of, found := strings.Cut(pair, "="); found && len(of) >= shortCookie {
			out = append(out, of)
		}
	}
	return out
}

// shortCookie is how long what is set to a name in a header has to be to count as a secret by itself: shorter ones,
// such as 1 or yes, are not searched for.
const shortCookie = 6

// InRequest returns what is secret in a request by the names that it has there.
func InRequest(req *http.Request) []string {
	out := InHeader(req.Header)
	if req.URL == nil {
		return out
	}
	if password, ok := req.URL.User.Password(); ok {
		out = append(out, password)
	}
	if req.URL.RawQuery == "" {
		return out
	}
	for name, values := range req.URL.Query() {
		if IsSecretParameter(name) {
			out = append(out, values...)
		}
	}
	return out
}

// InHeader returns the values of the fields that carry a credential, and what of them is secret by itself.
func InHeader(h http.Header) (out []string) {
	for name, values := range h {
		if !IsSecretHeader(name) || name == "Idempotency-Key" {
			continue
		}
		for _, value := range values {
			out = append(out, InHeaderValue(value)...)
		}
	}
	return out
}

// IsSecretHeader reports whether a header's name says that its value is a credential.
func IsSecretHeader(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"auth", "token", "key", "secret", "cookie", "password"}, func(word string) bool {
		return strings.Contains(name, word)
	})
}
