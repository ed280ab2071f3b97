package config

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/httpcheck"
)

// Check returns an [*Error] that lists every invalid value of the profile, or nil.
func (p *Profile) Check() error {
	c := checker{p: p}
	c.profile()
	return configError(c.problems)
}

// A checker collects the invalid values of a profile.
type checker struct {
	p        *Profile
	problems []Problem
}

func (c *checker) problem(path, format string, args ...any) {
	at := c.p.Place(path)
	c.problems = append(c.problems, Problem{
		File: at.File, Line: at.Line, Column: at.Column,
		Path: join("apis."+c.p.Name, path), Message: fmt.Sprintf(format, args...),
	})
}

func (c *checker) profile() {
	p := c.p
	if !validAPIName(p.Name) {
		c.problem("", "%q is not a valid name: use lower-case letters, digits, dots, dashes and underscores", p.Name)
	}
	c.baseURL("base_url", withoutPlaceholders(p.BaseURL))
	c.pace("", &p.Pace)
	c.headers("headers", p.Headers)
	c.framing("headers", p.Headers)
	if p.Budget != "" && !validName(p.Budget) {
		c.problem("budget", "%q is not a valid name: use letters, digits, dots, dashes and underscores", p.Budget)
	}
	for i, status := range p.BackoffStatusCodes {
		c.status(item("backoff_status_codes", i), status)
	}
	c.rules("throttle_when", p.ThrottleWhen)
	c.rules("never_retry", p.NeverRetry)
	c.noPauses("never_retry", p.NeverRetry)
	c.free(p.Free)
	c.failures(p.FailWhen)
	notBelow(c, "max_retries_on_backoff", p.MaxRetriesOnBackoff, 0)
	c.globs("idempotent_posts", p.IdempotentPosts)
	c.globs("graphql", p.GraphQL)
	c.paths(p.Paths)
	if p.IdempotencyHeader != "" && !validToken(p.IdempotencyHeader) {
		c.problem("idempotency_header", "%q is not a header name", p.IdempotencyHeader)
	}
	c.units("units", p.Units)
	c.polls("poll", p.Poll)
	c.buckets()
	c.auth()
	c.pagination("pagination", p.Pagination)
	c.circuitBreaker()
}

// baseURL never quotes the URL: it may contain a password.
func (c *checker) baseURL(path, s string) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		c.problem(path, "missing")
	case err != nil || IndexControl(s) >= 0:
		c.problem(path, "not a URL")
	case !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https"):
		c.problem(path, "must begin with https:// or http://")
	case u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " \"<>\\^`{|}"):
		c.problem(path, "has no host")
	case !validPort(u):
		c.problem(path, "has no valid port")
	case u.User != nil:
		c.problem(path, "contains a user name or password; they belong in auth")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(s, "#"):
		c.problem(path, "must not have a query or a fragment")
	}
}

func validPort(u *url.URL) bool {
	if strings.HasSuffix(u.Host, ":") {
		return false
	}
	n, err := strconv.ParseUint(port(u), 10, 16)
	return err == nil && n > 0
}

func (c *checker) duration(path string, d time.Duration) {
	if d < 0 {
		c.problem(path, "%s must not be negative", formatDuration(d))
	}
}

func (c *checker) status(path string, status int) {
	if status < 100 || status > 599 {
		c.problem(path, "%d is not a status code from 100 to 599", status)
	}
}

func (c *checker) globs(path string, globs []string) {
	for i, g := range globs {
		if !strings.HasPrefix(g, "/") {
			c.problem(item(path, i), "%q must begin with a slash", g)
		}
		if strings.ContainsAny(g, "?#") || IndexControl(g) >= 0 {
			c.problem(item(path, i), "%q must be a path without a query", g)
		}
	}
}

func (c *checker) circuitBreaker() {
	b := c.p.CircuitBreaker
	if b == nil {
		return
	}
	if b.FailureThreshold < 1 {
		c.problem("circuit_breaker.failure_threshold", "%d must be at least 1", b.FailureThreshold)
	}
	if b.OpenInterval <= 0 {
		c.problem("circuit_breaker.open_interval", "%s must be greater than 0", formatDuration(b.OpenInterval))
	}
}

func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// validAPIName reports whether a name can be the first part of a key.
func validAPIName(s string) bool {
	return validName(s) && s == strings.ToLower(s) && !strings.ContainsAny(s[:1], "._-")
}

func validName(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return !alphanumeric(r) && r != '.' && r != '-' && r != '_'
	})
}

func alphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// validToken reports whether s can be a method or a header name (RFC 9110, section 5.6.2).
func validToken(s string) bool {
	return httpcheck.CheckHeader(s, "") == nil
}
