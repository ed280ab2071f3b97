package apiclient

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/redact"
	"github.com/arl-cli/arl/pkg/limiter"
)

// elsewhere says how the limiter is to send a request that a redirect leads to another origin: as any request without
// a credential to that origin is, with the key of the profile that has it, or of its host.
func (c *Client) elsewhere(req *http.Request) limiter.Plan {
	p, err := c.cfg.Registry.ForURL(req.URL.String())
	if tie, ok := errors.AsType[*config.AmbiguousURLError](err); ok {
		p, err = c.cfg.Registry.Profile(tie.Names[0])
	}
	if err != nil { // such a URL cannot be sent
		return limiter.Plan{API: c.profile.Name, Key: c.profile.Name}
	}
	bucket := p.Bucket(req.Method, req.URL.EscapedPath())
	plan := limiter.Plan{
		API: p.Name, Key: p.Key(bucket, ""), Shared: p.GateWithin(bucket, "", c.cfg.MaxConcurrency),
		Params: p.Params(bucket), Idempotent: p.Idempotent(req),
	}
	plan.Backoff, plan.ThrottleWhen, plan.NeverRetry = p.Rules()
	if p.AdHoc() { // a server may have made the host of a secret
		plan.API, plan.Key = c.secrets.Redact(plan.API), c.secrets.Redact(plan.Key)
	}
	if c.cfg.Retry.MaxBackoff == 0 {
		plan.MaxBackoff = p.MaxBackoff()
	}
	return plan
}

// identity is what the tenant of the client's keys is hashed from. An ad hoc profile does not say what its credential
// is, so there it is all that may be one.
func (c *Client) identity() string {
	if !c.profile.AdHoc() {
		return c.credential.Identity()
	}
	var parts []string
	if who := c.credential.Identity(); who != "" {
		parts = append(parts, who)
	}
	for _, name := range slices.Sorted(maps.Keys(c.cfg.Header)) {
		if values := c.cfg.Header[name]; len(values) > 0 && identifies(name) {
			parts = append(parts, name+"="+strings.Join(values, ","))
		}
	}
	if c.cfg.Cookies != nil {
		if who := c.cfg.Cookies.Identity(); who != "" {
			parts = append(parts, "Cookie="+who)
		}
	}
	return strings.Join(parts, "\n")
}

// identifies reports whether a header that a user adds is likely to say who asks. What is new with every request or
// every visit does not, and Authorization is the credential.
func identifies(name string) bool {
	switch strings.TrimPrefix(strings.ToLower(name), "x-") {
	case "authorization", "idempotency-key", "csrf-token", "csrftoken", "xsrf-token", "request-token":
		return false
	}
	return redact.IsSecretHeader(name)
}
