package config

import "net/http"

// A ReadOnlyError says that a request was not sent because it may change something.
type ReadOnlyError struct{ Method, Header string }

// Error implements error.
func (e *ReadOnlyError) Error() string {
	if e.Header != "" {
		return "not sent: the header " + e.Header + " asks for another method, and only reading is allowed"
	}
	return "not sent: " + e.Method + " may change something, and only reading is allowed"
}

// Hint is what can be done about it.
func (e *ReadOnlyError) Hint() string {
	return "leave out --read-only (in a profile, read_only); a POST that only reads belongs in the profile's idempotent_posts"
}

// CheckReadOnly returns a [*ReadOnlyError] for a request that may change something: its method is not GET, HEAD or
// OPTIONS, and it is no POST of idempotent_posts; or a header asks the server for another method.
func (p *Profile) CheckReadOnly(req *http.Request) error {
	for _, name := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		if req.Header.Get(name) != "" {
			return &ReadOnlyError{Header: name}
		}
	}
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if p.Owns(req.URL) && p.onlyReads(req) {
		return nil
	}
	return &ReadOnlyError{Method: req.Method}
}
