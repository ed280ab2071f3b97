package apis

import (
	"context"
	"net/http"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/pkg/limiter"
)

// ClientConfig says how a [Client] sends. [NewClient] requires Limiter; [Session.Client] brings its own. Every other
// field may be left out.
type ClientConfig struct {
	Limiter *limiter.Limiter
	Base    http.RoundTripper // sends one attempt; nil means http.DefaultTransport

	Credential *Credential         // instead of the profile's; one in Header takes precedence over both
	Getenv     func(string) string // where the profile's credential is looked up, such as os.Getenv; nil means no environment
	Anonymous  bool                // send no credential
	Header     http.Header         // of every request to the profile's origin; a name without values removes the profile's header
	UserAgent  string              // "" means "arl/" and the version of this module

	Retry          limiter.Retry    // what is retried, and how often
	Timeout        time.Duration    // of one attempt, not of the wait for a rate limit; 0 means none
	MaxWait        time.Duration    // how long a request may wait for a rate limit; 0 means as long as it takes
	Circuit        *limiter.Circuit // pauses requests in an outage; nil means that outages are not waited for
	MaxConcurrency int              // requests in flight over all buckets of a profile that has some; 0 means no limit beside the profile's

	NoRedirects  bool // return a redirect instead of following it
	MaxRedirects int  // 0 means 50; negative means none
}

// A Client is an http.Client for one API. Every attempt passes the rate limiter, retries and redirects included.
// Requests to the profile's origin carry its headers and its credential; requests to other origins, where only a
// redirect leads, carry neither.
//
// The embedded http.Client can be given to any package that takes one. A Client is safe for concurrent use. Do not
// change its Transport or CheckRedirect.
type Client struct {
	*http.Client
	client *apiclient.Client
}

// NewClient returns a client for a profile. The error is a [*ConfigError] for an invalid profile, or a
// [*MissingCredentialError] if its credential is not found.
func NewClient(p *Profile, cfg ClientConfig) (*Client, error) {
	return faceOf(apiclient.New(p, cfg.inner()))
}

func faceOf(c *apiclient.Client, err error) (*Client, error) {
	if err != nil {
		return nil, err
	}
	return &Client{c.Client, c}, nil
}

func (cfg *ClientConfig) inner() apiclient.Config {
	return apiclient.Config{
		Limiter: cfg.Limiter, Base: cfg.Base, Credential: cfg.Credential, Getenv: cfg.Getenv, Anonymous: cfg.Anonymous,
		Header: cfg.Header, UserAgent: cfg.UserAgent,
		Retry: cfg.Retry, Timeout: cfg.Timeout, MaxWait: cfg.MaxWait, Circuit: cfg.Circuit, MaxConcurrency: cfg.MaxConcurrency,
		NoRedirects: cfg.NoRedirects, MaxRedirects: cfg.MaxRedirects,
	}
}

// Get sends a GET for a path of the API. The path is joined to the profile's base URL; a whole URL must be on its
// origin, or the error is a [*ForeignOriginError]. The final response is returned whatever its status.
func (c *Client) Get(ctx context.Context, path string) (*http.Response, error) {
	return c.client.Get(ctx, path)
}

// NewRequest returns a request for a path of the API, as for [Client.Get]. body may be nil.
func (c *Client) NewRequest(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	return c.client.NewRequest(ctx, method, path, body)
}

// Do sends a request. Errors are those of http.Client with secrets redacted, or a limiter.WaitError if the request
// would wait longer than MaxWait.
func (c *Client) Do(req *http.Request) (*http.Response, error) { return c.client.Do(req) }

// Key returns the key that the learned rate of a request is stored under, such as "github/search@1a2b3c4d".
func (c *Client) Key(req *http.Request) string { return c.client.Key(req) }

// Snapshot returns what is known of the rate limits of this API, by key.
func (c *Client) Snapshot() map[string]limiter.Learned { return c.client.Snapshot() }
