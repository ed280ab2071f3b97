package redact

import (
	"net/http"
	"slices"
	"strings"
)

// InHeaderValue returns the secrets in the value of a header that carries a credential: the whole value, what follows
// a scheme, the password that Basic encodes, and the values of cookies.
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

// shortCookie is the minimum length of a cookie's value to count as a secret: shorter ones, such as 1 or yes, are not
// searched for.
const shortCookie = 6

// InRequest returns the secrets in a request, recognized by the names of its headers and parameters.
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

// InHeader returns the secrets in the headers that carry a credential by their names.
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

// IsSecretHeader reports whether a header of this name carries a credential.
func IsSecretHeader(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"auth", "token", "key", "secret", "cookie", "password"}, func(word string) bool {
		return strings.Contains(name, word)
	})
}
