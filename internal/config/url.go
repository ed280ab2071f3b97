package config

import (
	"fmt"
	"net/url"
	"strings"
)

// A ForeignOriginError says that a URL is not on the origin of the profile. Nothing was sent.
type ForeignOriginError struct {
	API    string
	Origin string // of the URL: scheme, host and port
	Own    string // of the profile
}

// Error implements error.
func (e *ForeignOriginError) Error() string {
	return fmt.Sprintf("%s is not the origin of %s, which is %s: its credentials belong there alone", e.Origin, e.API, e.Own)
}

// A PathError says that a path is invalid. Its message does not quote the path, which may contain a secret.
type PathError struct{ Problem string }

// Error implements error.
func (e *PathError) Error() string { return "path: " + e.Problem }

// URL joins a path to the profile's base_url. A leading slash is optional. Whatever the path, the result is on the
// profile's origin:
//
//   - "//host/x" is a path; "." and ".." are resolved, but never above base_url
//   - escapes stay as written, "%2F" and "%2e%2e" too; characters not allowed in a URL, such as a space, are
//     escaped
//   - a fragment is removed
//   - a whole URL is accepted if its origin is the profile's, and is then not joined to base_url; any other is a
//     [*ForeignOriginError]
//
// Control characters and invalid escapes are a [*PathError].
func (p *Profile) URL(path string) (*url.URL, error) {
	base := p.built().base
	if i := IndexControl(path); i >= 0 {
		return nil, &PathError{Problem: fmt.Sprintf("control character %#02x at byte %d", path[i], i+1)}
	}
	path, _, _ = strings.Cut(path, "#")
	root := base.EscapedPath()
	if authority, rest, ok := cutOrigin(path); ok {
		if err := p.checkOrigin(base, authority); err != nil {
			return nil, err
		}
		root, path = "", rest
	}
	path, query, hasQuery := strings.Cut(path, "?")
	raw := root + cleaned(escaped(path))
	if raw == "" {
		raw = "/"
	}
	decoded, err := url.PathUnescape(raw)
	if err != nil {
		return nil, &PathError{Problem: "invalid escape; write %25 for a percent sign"}
	}
	u := &url.URL{
		Scheme: base.Scheme, Host: base.Host, Path: decoded,
		RawQuery: escaped(query), ForceQuery: hasQuery && query == "",
	}
	if u.EscapedPath() != raw {
		u.RawPath = raw // net/http checks it at every use
	}
	return u, nil
}

// base returns base_url without a trailing slash; never nil.
func (p *Profile) base() *url.URL {
	u, err := url.Parse(p.BaseURL)
	if p.CheckBaseURL() != nil || err != nil {
		return &url.URL{Scheme: "https", Host: "invalid."} // an unchecked profile: nothing is sent anywhere
	}
	raw := strings.TrimRight(u.EscapedPath(), "/")
	path := strings.TrimRight(u.Path, "/")
	return &url.URL{Scheme: strings.ToLower(u.Scheme), Host: strings.ToLower(u.Host), Path: path, RawPath: raw}
}

// cutOrigin splits a URL into "https://host" and "/x". Anything else is a path.
func cutOrigin(s string) (origin, rest string, ok bool) {
	scheme, after, found := strings.Cut(s, "://")
	if !found || !isScheme(scheme) {
		return "", s, false
	}
	end := len(after)
	if i := strings.IndexAny(after, "/?"); i >= 0 {
		end = i
	}
	return s[:len(scheme)+3+end], after[end:], true
}

func isScheme(s string) bool {
	for i, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(c))) {
			return false
		}
	}
	return s != ""
}

func (p *Profile) checkOrigin(base *url.URL, origin string) error {
	u, err := url.Parse(origin)
	switch {
	case err != nil:
		return &PathError{Problem: "the URL's host is malformed"}
	case u.User != nil:
		return &PathError{Problem: "the URL contains a user name; credentials belong in the auth of the profile"}
	case !sameOrigin(base, u):
		return &ForeignOriginError{API: p.Name, Origin: originOf(u), Own: originOf(base)}
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	if a.Scheme == b.Scheme && a.Host == b.Host {
		return true
	}
	if !strings.EqualFold(a.Scheme, b.Scheme) {
		return false
	}
	hostA, errA := hostOf(a)
	hostB, errB := hostOf(b)
	return errA == nil && errB == nil && hostA == hostB
}

func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// port returns the effective port of a URL.
func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	switch strings.ToLower(u.Scheme) {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}
