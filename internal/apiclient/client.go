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
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/httpcache"
	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/tokens"
)

// Config says how a [Client] sends. Only Limiter is required.
type Config struct {
	Limiter *limiter.Limiter
	Base    http.RoundTripper // sends one attempt; nil means http.DefaultTransport

	// Registry has the profiles by which a redirect to another origin is paced; nil means the built-in ones.
	Registry *config.Registry

	// Context bounds the command that prints the credential, which [New] runs; its cause is the error of New. nil means
	// context.Background.
	Context context.Context

	// Credential replaces the profile's, which is looked up with Getenv; a nil Getenv means no environment. A credential
	// in Header takes precedence over both. Anonymous sends none.
	Credential *credential.Credential
	Getenv     func(string) string
	Anonymous  bool

	// Netrc searches the user's netrc file before the places that the profile names, as curl's -n does; NetrcFile
	// searches another file.
	Netrc     bool
	NetrcFile string

	// Tokens returns where a token that expires is shared between processes; nil means in this client alone. Warn is
	// called, once each, if that place cannot be used, if what a login came to cannot be kept, and with an [*EstimateError].
	Tokens func(name string) tokens.Place
	// Logins returns where a login lies; nil means where it says itself.
	Logins func(*credential.Login) tokens.Place
	Warn   func(error)

	// Digest answers the challenges of Digest authentication with the user and the password of the credential, which is not
	// sent itself.
	Digest bool

	// Header is added to every request to the profile's origin and takes precedence over the profile's. A name without
	// values removes the profile's header.
	Header    http.Header
	UserAgent string // empty means "arl/" and the module's version

	// Circuit pauses requests during an outage of the profile's origin, see [config.Profile.Circuit]; nil means that
	// requests fail instead.
	Circuit *limiter.Circuit

	// MaxConcurrency is the concurrency limit of this process over all buckets of a profile, that has some, beside the
	// profile's own; 0 means none.
	MaxConcurrency int

	Cookies Cookies // nil means none

	// Cache is where responses to GET and HEAD are stored, and looked for before a request is sent; nil means nowhere.
	// CachePolicy takes precedence over the profile's; nil means the profile's. What a request with another method may
	// have changed is removed, whatever the policy.
	Cache       *httpcache.Cache
	CachePolicy *config.CachePolicy

	// Secrets receives the secrets of this client and redacts those of the other clients that share it. nil means a new
	// set.
	Secrets *redact.Secrets

	// ReadOnly allows no request that may change something, as the profile's read_only does.
	ReadOnly bool

	// NoTrace leaves the trace of the environment alone, whatever the profile says: requests are not part of it.
	NoTrace bool

	NoRedirects  bool // return a redirect instead of following it
	MaxRedirects int  // 0 means 50; negative means none
	Referer      bool // send Referer with a redirect within the profile's origin

	// As in limiter.Transport. Retry.MaxBackoff takes precedence over the profile's max_retries_on_backoff.
	Retry   limiter.Retry
	Timeout time.Duration
	MaxWait time.Duration
	Receive func(*http.Response) error
}

// A Client is an http.Client for one API. Every attempt passes the limiter, retries and redirects included. Requests to
// the profile's own origin carry its headers and its credential; requests to another origin, where only a redirect
// leads, carry neither.
//
// It is safe for concurrent use. Do not change its Transport or CheckRedirect.
type Client struct {
	*http.Client

	profile    *config.Profile
	cfg        Config
	credential *credential.Credential
	header     http.Header // of every request to the profile's own origin; immutable
	agent      []string    // the value of User-Agent unless the request has one
	secrets    *redact.Secrets
	keys       *keyset
	tokens     *tokens.Source // nil for a credential that does not expire
	trace      *trace         // that requests are part of; nil if of none
	signatures atomic.Int64   // made so far, of requests that are signed
	digest     *digestLogin   // nil without Config.Digest
}

// New returns a client for a profile. The error is a [*config.Error] for an invalid profile, or one of
// [credential.Find].
func New(p *config.Profile, cfg Config) (*Client, error) {
	if cfg.Limiter == nil {
		return nil, errors.New("a client needs a limiter")
	}
	p, err := p.Compiled()
	if err != nil {
		return nil, err
	}
	if err := p.CheckBaseURL(); err != nil {
		return nil, err
	}
	if cfg.Registry == nil {
		cfg.Registry = config.NewRegistry()
	}
	c := &Client{profile: p, cfg: cfg}
	if c.credential, err = cfg.credential(p); err != nil {
		return nil, err
	}
	if c.digest, err = c.newDigestLogin(); err != nil {
		return nil, err
	}
	if c.agent = []string{cfg.UserAgent}; cfg.UserAgent == "" {
		c.agent[0] = userAgent()
	}
	c.header = c.ownHeader()
	if c.secrets = cfg.Secrets; c.secrets == nil {
		c.secrets = &redact.Secrets{}
	}
	c.secrets.Add(c.initialSecrets()...)
	c.keys = newKeyset(p, c.identity(), c.secrets, cfg.MaxConcurrency)
	c.tokens = c.newTokens()
	c.trace = c.newTrace()
	c.Client = &http.Client{Transport: newOriginTransport(c), CheckRedirect: c.checkRedirect}
	return c, nil
}

// Profile returns the client's profile, which must not be modified.
func (c *Client) Profile() *config.Profile { return c.profile }

// Credential returns the credential that the client sends; nil if none.
func (c *Client) Credential() *credential.Credential { return c.credential }

// Secrets returns the values to redact, for [redact.Text]: those of the credential, of headers that carry one, and the
// tokens obtained so far.
func (c *Client) Secrets() []string { return c.secrets.All() }

// Redact removes the secrets known so far from a message.
func (c *Client) Redact(s string) string { return c.secrets.Redact(s) }

// initialSecrets returns the secrets known before the first request.
func (c *Client) initialSecrets() []string {
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

// NewRequest returns a request for a path of the API, see [config.Profile.URL]. body may be nil.
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
	req.URL, req.Host = u, u.Host // not parsed again: escapes stay as they are
	return req, nil
}

// Get sends a GET for a path of the API. The final response is returned whatever its status.
func (c *Client) Get(ctx context.Context, path string) (*http.Response, error) {
	req, err := c.NewRequest(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return c.Do(req)
}

// Do sends a request. Errors are those of http.Client, [TooManyRedirectsError], [ForeignSchemeError] and
// limiter.WaitError. Secrets are redacted from them, because they may quote what a server sent.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	resp, err := c.Client.Do(req)
	if e, ok := errors.AsType[*url.Error](err); ok {
		e.URL, e.Err = c.RedactFor(req, e.URL), c.redactError(req, e.Err)
	}
	return resp, err
}

// Key returns the key that the learned rate of a request is stored under.
func (c *Client) Key(req *http.Request) string {
	plan, _ := c.plan(req)
	return plan.Key
}

// Snapshot returns what is known of the keys of this API that the client's limiter has used.
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

// Plan says how the limiter is to send a request.
func (c *Client) Plan(req *http.Request) limiter.Plan {
	plan, bucket := c.plan(req)
	if c.profile.Owns(req.URL) {
		c.planUnits(&plan, req, bucket)
	}
	return plan
}

// plan is the plan without units, and the index of the request's bucket.
func (c *Client) plan(req *http.Request) (limiter.Plan, int) {
	p := c.profile
	if !p.Owns(req.URL) {
		return c.elsewhere(req), -1
	}
	plan := limiter.Plan{
		API: p.Name, Tenant: c.keys.tenant, Idempotent: p.Idempotent(req), Circuit: c.cfg.Circuit, Cache: string(httpcache.Asked(req)),
	}
	plan.Backoff, plan.ThrottleWhen, plan.NeverRetry = p.Rules()
	plan.Free = p.FreeRules()
	i, name := p.BucketOf(req, func() []byte { return bodyOf(req) })
	plan.Key, plan.Shared = c.keys.of(i, name)
	plan.Params, plan.Share = p.ParamsAt(i), float64(p.Share)
	if c.cfg.Retry.MaxBackoff == 0 {
		plan.MaxBackoff = p.MaxBackoff()
	}
	return plan, i
}
