package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// IsURL reports whether s is meant as a whole URL rather than as a path or the name of an api: it begins with a
// scheme and "://". [Registry.ForURL] says what is wrong with one.
func IsURL(s string) bool {
	_, _, ok := cutOrigin(s)
	return ok
}

// A URLError says that a URL cannot be requested. The URL is not part of its message: it may hold a password.
type URLError struct {
	Problem string
	Advice  string // what to do about it; may be empty
}

// Error implements error.
func (e *URLError) Error() string { return "URL: " + e.Problem }

// Hint is what can be done about it; empty where that is plain.
func (e *URLError) Hint() string { return e.Advice }

// An AmbiguousURLError says that a URL belongs to several profiles alike.
type AmbiguousURLError struct{ Names []string }

// Error implements error.
func (e *AmbiguousURLError) Error() string {
	return "the URL belongs to several profiles: " + strings.Join(e.Names, " and ") + " have the same base_url"
}

// Hint is what can be done about it.
func (e *AmbiguousURLError) Hint() string {
	return "name one, with a path: arl get " + e.Names[0] + " PATH"
}

// ForURL returns the profile that a whole URL belongs to, which must not be changed: that whose base_url is a prefix
// of it, with the same origin and whole segments of the path. The longest one wins, and of equally long ones the
// user's own before a built-in one; if two still tie the error is an [*AmbiguousURLError].
//
// Where there is none it is an ad hoc profile of the URL's origin, see [Profile.AdHoc]. What is wrong with the URL
// is a [*URLError].
func (r *Registry) ForURL(raw string) (*Profile, error) {
	u, err := parseURL(raw)
	if err != nil {
		return nil, err
	}
	switch names := longestPrefix(u, r.origins()[originKey(u)]); len(names) {
	case 0:
		return r.adHoc(u), nil
	case 1:
		return r.Profile(names[0])
	default:
		return nil, &AmbiguousURLError{Names: names}
	}
}

// A candidate is a profile that a URL may belong to.
type candidate struct {
	name string
	path string // of its base_url, escaped, without a trailing slash
	own  bool   // the user's, or the program's, not built in
}

// longestPrefix returns the names of the candidates, all of the origin of u, whose path is the longest prefix of
// that of u: one, several that tie, or none.
func longestPrefix(u *url.URL, candidates []candidate) (names []string) {
	var best candidate
	for _, c := range candidates {
		rest, below := strings.CutPrefix(u.EscapedPath(), c.path)
		if !below || rest != "" && rest[0] != '/' {
			continue
		}
		longer := len(names) == 0 || len(c.path) > len(best.path)
		tie := !longer && len(c.path) == len(best.path)
		switch {
		case longer, tie && c.own && !best.own:
			best, names = c, []string{c.name}
		case tie && c.own == best.own:
			names = append(names, c.name)
		}
	}
	slices.Sort(names)
	return names
}

// parseURL reads an absolute http or https URL as far as a profile depends on it: scheme and host in lower case, an
// international name as DNS knows it, the path without dot segments. Query and fragment are left out.
func parseURL(raw string) (*url.URL, error) {
	if IndexControl(raw) >= 0 {
		return nil, &URLError{Problem: "it has a control character"}
	}
	raw, _, _ = strings.Cut(raw, "#")
	origin, rest, ok := cutOrigin(raw)
	if !ok {
		return nil, &URLError{Problem: "it has no scheme", Advice: "write it as https://HOST/PATH"}
	}
	u, err := url.Parse(origin)
	if err != nil {
		return nil, &URLError{Problem: "its host is malformed"}
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	host, err := hostOf(u)
	if err != nil {
		return nil, err
	}
	path, _, _ := strings.Cut(rest, "?")
	raw = cleaned(escaped(path))
	decoded, err := url.PathUnescape(raw)
	if err != nil {
		return nil, &URLError{Problem: "its path has a broken escape", Advice: "write %25 for a percent sign"}
	}
	return &url.URL{Scheme: strings.ToLower(u.Scheme), Host: host, Path: decoded, RawPath: raw}, nil
}

// checkURL says what is wrong with scheme and authority of a URL.
func checkURL(u *url.URL) error {
	switch scheme := strings.ToLower(u.Scheme); {
	case scheme != "http" && scheme != "https":
		return &URLError{Problem: scheme + ":// is not supported, only http:// and https:// are"}
	case u.User != nil:
		return &URLError{
			Problem: "it has a user name or password, which would end up in logs and results",
			Advice:  "pass them with -u USER:PASSWORD, or keep them in a netrc file and pass -n",
		}
	case u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " \"<>\\^`{|}") || IndexControl(u.Hostname()) >= 0:
		return &URLError{Problem: "it has no valid host"}
	case !validPort(u):
		return &URLError{Problem: "its port is not a number from 1 to 65535"}
	}
	return nil
}

// hostOf is the host of a URL as it is asked for, with the port unless that is the scheme's own.
func hostOf(u *url.URL) (string, error) {
	host, err := asciiHost(u.Hostname())
	if err != nil {
		return "", &URLError{Problem: "its host is not a valid international name"}
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p, err := strconv.Atoi(port(u)); err == nil && strconv.Itoa(p) != defaultPort(u.Scheme) {
		host += ":" + strconv.Itoa(p)
	}
	return host, nil
}

// asciiHost is a host as DNS knows it, and an address in its shortest form. It is what net/http makes of it.
func asciiHost(host string) (string, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return address.String(), nil
	}
	for _, c := range []byte(host) {
		if c >= 0x80 {
			return idna.Lookup.ToASCII(host)
		}
	}
	return strings.ToLower(host), nil
}

func defaultPort(scheme string) string {
	return port(&url.URL{Scheme: scheme})
}

// originKey is the same for all URLs of an origin.
func originKey(u *url.URL) string {
	host, err := hostOf(u)
	if err != nil {
		host = strings.ToLower(u.Host)
	}
	return strings.ToLower(u.Scheme) + "://" + host
}
