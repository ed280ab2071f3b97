package apiclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/tokens"
)

// Config says how a [Client] sends. Limiter is required; everything else may be left out.
type Config struct {
	Limiter *limiter.Limiter
	Base    http.RoundTripper // the wire; nil means http.DefaultTransport

	// Context ends what making the client waits for: a program that prints the credential. Its cause is then the
	// error. nil means that nothing does.
	Context context.Context

	// Credential is used instead of the profile's, which is looked up with Getenv; nil means no
	// environment. A credential in Header goes before both. Anonymous looks for none.
	Credential *credential.Credential
	Getenv     func(string) string
	Anonymous  bool

	// Netrc looks into the user's netrc file before the profile's own places, as curl's -n does; NetrcFile into
	// another one.
	Netrc     bool
	NetrcFile string

	// Tokens is where a token that gets renewed lives between processes; nil means in this client alone. Warn
	// is told, once, if that place cannot be used.
	Tokens func(name string) tokens.Place
	Warn   func(error)

	// Header goes with every request to the profile's origin, before the profile's own. A name with
	// no values takes the profile's header away.
	Header    http.Header
	UserAgent string // empty means "arl/" and the module's version

	// Circuit turns an outage of the profile's origin into a pause, see [config.Profile.Circuit]; nil means
	// that outages are not waited for.
	Circuit *limiter.Circuit

	// MaxConcurrency bounds how many requests of this process are in flight at once over all buckets of
	// a profile that has some, on top of the profile's own bound; 0 means no bound.
	MaxConcurrency int

	Cookies Cookies // nil means none

	// Secrets is told of all that nobody may see, and hides what it knows from others, too: several clients may
	// have the same. nil means one of the client's own.
	Secrets *redact.Secrets

	NoRedirects  bool // return an answer that redirects instead of following it
	MaxRedirects int  // 0 means 50; negative means that the first one is an error
	Referer      bool // say in a redirect within the profile's origin where it comes from

	// What limiter.Transport has under the same names. Retry.MaxBackoff goes before the profile's
	// max_retries_on_backoff. In the events of OnAttempt secrets are redacted.
	Retry     limiter.Retry
	Timeout   time.Duration
	MaxWait   time.Duration
	Receive   func(*http.Response) error
	OnAttempt func(limiter.Attempt)
}

// A Client is an http.Client for one API. Every attempt passes the limiter, retries and redirects
// included. Requests to the profile's own origin carry its headers and its credential; requests to
// any other origin, where only a redirect leads, carry neither.
//
// It is safe for use by many goroutines. Do not change its Transport or CheckRedirect.
type Client struct {
	*http.Client

	profile    *config.Profile
	cfg        Config
	credential *credential.Credential
	header     http.Header // of every request to the profile's own origin; never changed
	agent      []string    // the value of User-Agent, where nobody names another
	secrets    *redact.Secrets
	keys       *keyset
	tokens     *tokens.Source // nil for a credential that stays as it is
}

// New makes a client for a profile. It fails with a [*config.Error] for a profile that is not
// valid, and as [credential.Find] does.
func New(p *config.Profile, cfg Config) (*Client, error) {
	if cfg.Limiter == nil {
		return nil, errors.New("a client needs a limiter")
	}
	p, err := p.Compiled()
	if err != nil {
		return nil, err
	}
	c := &Client{profile: p, cfg: cfg}
	if c.credential, err = cfg.credential(p); err != nil {
		return nil, err
	}
	if c.agent = []string{cfg.UserAgent}; cfg.UserAgent == "" {
		c.agent[0] = userAgent()
	}
	c.header = c.ownHeader()
	if c.secrets = cfg.Secrets; c.secrets == nil {
		c.secrets = &redact.Secrets{}
	}
	c.secrets.Add(c.known()...)
	c.keys = newKeyset(p, c.credential, c.secrets, cfg.MaxConcurrency)
	c.tokens = c.newTokens()
	c.Client = &http.Client{Transport: newOriginTransport(c), CheckRedirect: c.checkRedirect}
	return c, nil
}

// Profile returns the client's profile, which must not be changed.
func (c *Client) Profile() *config.Profile { return c.profile }

// Credential returns what the client sends to prove who it is; nil if nothing.
func (c *Client) Credential() *credential.Credential { return c.credential }

// Secrets lists the values that nobody may see, for [redact.Text]: those of the credential, of headers that carry
// one, and the tokens that were obtained so far.
func (c *Client) Secrets() []string { return c.secrets.All() }

// Redact hides from a text all that is secret by now.
func (c *Client) Redact(s string) string { return c.secrets.Redact(s) }

// known are the secrets from the start.
func (c *Client) known() []string {
	var out []string
	if c.credential != nil {
		out = append(out, c.credential.Secrets()...)
	}
	for name, value := range c.profile.Headers {
		if redact.IsSecretHeader(name) {
			out = append(out, redact.InHeaderValue(value)...)
		}
	}
	out = append(out, redact.InHeader(c.cfg.Header)...)
	if c.cfg.Cookies != nil {
		out = append(out, c.cfg.Cookies.Secrets()...)
	}
	return out
}

// NewRequest makes a request for a path of the API, as [config.Profile.URL] understands it. body may be nil.
func (c *Client) NewRequest(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	u, err := c.profile.URL(path)
	if err != nil {
		return nil, err
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, "", reader)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	req.URL, req.Host = u, u.Host // not parsed once more: escapes stay as they are
	return req, nil
}

// Get gets a path of the API. The last answer is returned, whatever its status.
func (c *Client) Get(ctx context.Context, path string) (*http.Response, error) {
	req, err := c.NewRequest(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return c.Do(req)
}

// Do sends a request. Errors are as http.Client's, with secrets redacted: they may quote what a server sent. See
// [TooManyRedirectsError] and limiter.WaitError for those that come on top.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.Client.Do(req)
	if e, ok := errors.AsType[*url.Error](err); ok {
		e.URL, e.Err = c.RedactFor(req, e.URL), c.redactError(req, e.Err)
	}
	return resp, err
}

// Key returns what the learned rate of a request hangs on.
func (c *Client) Key(req *http.Request) string { return c.plan(req).Key }

// Snapshot returns what is known of the API's keys that this client's limiter has used.
func (c *Client) Snapshot() map[string]limiter.Learned {
	known := c.cfg.Limiter.Snapshot()
	for key := range known {
		rest, ok := strings.CutPrefix(key, c.profile.Name)
		if !ok || (rest != "" && rest[0] != '/' && rest[0] != '@') {
			delete(known, key)
		}
	}
	return known
}

// plan says how the limiter is to send a request.
func (c *Client) plan(req *http.Request) limiter.Plan {
	p := c.profile
	if !p.Owns(req.URL) {
		host := c.secrets.Redact(strings.ToLower(req.URL.Host)) // whoever redirects there may have made it of one
		return limiter.Plan{API: p.Name, Key: p.Name + "//" + host}
	}
	plan := limiter.Plan{
		API: p.Name, Tenant: c.keys.tenant, Rules: p.Rules(), Idempotent: p.Idempotent(req),
		Circuit: c.cfg.Circuit,
	}
	i, name := p.FindBucket(req.Method, req.URL.EscapedPath())
	plan.Key, plan.Shared = c.keys.of(i, name)
	plan.Params = p.ParamsAt(i)
	if c.cfg.Retry.MaxBackoff == 0 {
		plan.MaxBackoff = p.MaxBackoff()
	}
	return plan
}
