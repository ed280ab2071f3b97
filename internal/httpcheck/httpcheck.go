// Package httpcheck detects requests that cannot be sent, before they are sent. It also defines the errors of requests
// that did not leave this machine or did not pass a proxy.
package httpcheck

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// An UnsendableError says that a request did not leave this machine, and never will as it is. The server has no
// part in it: no slot is used, nothing is learned, and neither a retry nor the end of an outage would help. A
// RoundTripper below a limiter's Transport returns one for what it finds out itself.
type UnsendableError struct{ Err error }

// Error implements error.
func (e *UnsendableError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnsendableError) Unwrap() error { return e.Err }

// Is reports whether target is [ErrUnsendable].
func (e *UnsendableError) Is(target error) bool { return target == ErrUnsendable }

// ErrUnsendable is what an [*UnsendableError] is, for callers that need not know its cause.
var ErrUnsendable = errors.New("the request cannot be sent")

// A ProxyError is an error of the RoundTripper below a limiter that a proxy on the way made: nothing was sent, and it is no news of the
// API. A proxy that asks to come back later is obeyed, and no rate is learned from it.
type ProxyError struct {
	Err       error
	Final     bool          // it would end the same way again
	Throttled bool          // it asks to come back later
	Pause     time.Duration // how much later; 0 if it does not say
}

// Error implements error.
func (e *ProxyError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ProxyError) Unwrap() error { return e.Err }

// maxURL is how long a URL may be, in bytes: curl's bound.
const maxURL = 8_000_000

// CheckRequest returns an [*UnsendableError] for a request that net/http would not write to the wire. The error
// repeats no header's value, since that may be a secret.
func CheckRequest(req *http.Request) error {
	if err := checkRequest(req); err != nil {
		return &UnsendableError{err}
	}
	return nil
}

func checkRequest(req *http.Request) error {
	if req.Method != "" {
		if err := CheckMethod(req.Method); err != nil {
			return err
		}
	}
	if err := CheckPort(req.URL); err != nil {
		return err
	}
	if u := req.URL; len(u.Path)+len(u.RawQuery) > maxURL {
		return fmt.Errorf("the URL is longer than %d bytes", maxURL)
	} else if controlIn(u.RawQuery) {
		return errors.New("the query contains a control character")
	}
	if req.Host != "" && req.Host != req.URL.Host {
		if err := CheckHost(req.Host); err != nil {
			return err
		}
	}
	for name, values := range req.Header {
		for _, value := range values {
			if err := CheckHeader(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// IsKey reports whether the value of an idempotency header is a key. Quotes around nothing, an empty string of
// RFC 9651, are none.
func IsKey(value string) bool { return strings.Trim(value, "\"' \t") != "" }

// CheckPort returns an error for a URL with a port that no connection can have.
func CheckPort(u *url.URL) error {
	port := u.Port()
	if port == "" {
		return nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("invalid port %.20q: ports are 1 to 65535", port)
	}
	return nil
}

// CheckMethod returns an error for what is not a method (RFC 9110, section 9.1), or one that asks for a tunnel.
func CheckMethod(method string) error {
	switch {
	case !isToken(method):
		return fmt.Errorf("invalid HTTP method %.40q", method)
	case method == http.MethodConnect:
		return errors.New("the method CONNECT is not supported: it opens a tunnel")
	}
	return nil
}

// CheckHost returns an error for what cannot be the value of a Host header. Other letters than ASCII's are left to
// net/http, which encodes them.
func CheckHost(host string) error {
	invalid := func(r rune) bool {
		return r < 0x80 && !alphanumeric(byte(r)) && !strings.ContainsRune("-._~!$&'()*+,;=%:[]", r)
	}
	if host == "" || strings.ContainsFunc(host, invalid) {
		return errors.New("the header Host is not a host name")
	}
	return nil
}

// CheckHeader returns an error for what cannot be a header (RFC 9110, section 5): a name that is not a token, or a
// value with a control character other than a tab.
func CheckHeader(name, value string) error {
	if !isToken(name) {
		return fmt.Errorf("invalid header name %.40q", name)
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Errorf("the header %.40q contains a control character", name)
		}
	}
	return nil
}

// isToken reports whether s is a token (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte("!#$%&'*+-.^_`|~", s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func controlIn(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
