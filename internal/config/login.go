package config

import (
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/httpcheck"
)

// Login says how somebody logs in, for [AuthLogin]: with a browser on this machine (RFC 8252), or with a code on another
// device (RFC 8628). Issuer is enough where the server describes itself (RFC 8414, OpenID Connect); what is named beside
// it takes precedence.
type Login struct {
	Issuer       string `yaml:"issuer"`
	AuthorizeURL string `yaml:"authorize_url"`
	DeviceURL    string `yaml:"device_url"`
	RevokeURL    string `yaml:"revoke_url"` // RFC 7009

	ClientID    string            `yaml:"client_id"`    // of this program, registered with the server; no secret
	Audience    string            `yaml:"audience"`     // sent when somebody logs in, as are Params
	Params      map[string]string `yaml:"params"`       //
	RedirectURL string            `yaml:"redirect_url"` // on this machine; empty means http://127.0.0.1/callback, on a free port

	// RefreshGrace is for how long after its first use the server takes a refresh token again; nil means not at all.
	RefreshGrace *time.Duration `yaml:"refresh_grace"`
}

// Grace is RefreshGrace, or 0.
func (l *Login) Grace() time.Duration {
	if l.RefreshGrace == nil {
		return 0
	}
	return *l.RefreshGrace
}

// login checks what [AuthLogin] needs.
func (c *checker) login(a *Auth) {
	for _, u := range []struct{ path, url string }{
		{"auth.issuer", a.Issuer},
		{"auth.token_url", a.TokenURL},
		{"auth.authorize_url", a.AuthorizeURL},
		{"auth.device_url", a.DeviceURL},
		{"auth.revoke_url", a.RevokeURL},
	} {
		if u.url != "" {
			c.secureURL(u.path, u.url)
		}
	}
	switch {
	case a.Issuer == "" && a.TokenURL == "":
		c.problem("auth", "names no server: add issuer, or token_url and authorize_url or device_url")
	case a.Issuer == "" && a.AuthorizeURL == "" && a.DeviceURL == "":
		c.problem("auth", "names no way to log in: add authorize_url, device_url or issuer")
	}
	if a.ClientID == "" && len(a.ClientIDEnv) == 0 {
		c.problem("auth.client_id", "missing: the id that the server has given this program")
	}
	if a.RedirectURL != "" && !onThisMachine(a.RedirectURL) {
		c.problem("auth.redirect_url", "must be http:// on 127.0.0.1, [::1] or localhost, without a query")
	}
	if a.RefreshGrace != nil && *a.RefreshGrace < 0 {
		c.problem("auth.refresh_grace", "must not be negative")
	}
	c.tokenFormat(a)
	c.params(a)
}

// params checks parameters that the user adds: those that a login makes itself would contradict it.
func (c *checker) params(a *Auth) {
	own := []string{"client_id", "client_secret", "code_challenge", "code_challenge_method", "redirect_uri", "response_type", "scope", "state", "audience"}
	for _, name := range slices.Sorted(maps.Keys(a.Params)) {
		if slices.Contains(own, name) {
			c.problem(join("auth.params", name), "cannot be set here")
		}
	}
	for _, text := range []string{a.ClientID, a.Audience} {
		if httpcheck.CheckHeader("X", text) != nil {
			c.problem("auth", "contains a line break or a control character")
		}
	}
}

// secureURL rejects what would send a login over the network in the clear.
func (c *checker) secureURL(path, s string) {
	before := len(c.problems)
	c.baseURL(path, s)
	if len(c.problems) == before && !IsSecureURL(s) {
		c.problem(path, "must begin with https://, or the login could be intercepted")
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// onThisMachine reports whether a browser on this machine can be sent back to a URL.
func onThisMachine(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#") || u.Port() != "" && !validPort(u) {
		return false
	}
	return slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, u.Hostname())
}

// IsSecureURL reports whether a login may be sent to a URL: over TLS, or on this machine.
func IsSecureURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (strings.EqualFold(u.Scheme, "https") || strings.EqualFold(u.Scheme, "http") && isLoopback(u.Hostname()))
}
