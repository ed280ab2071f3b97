package proxy

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/config"
)

// home leads what a response says of further requests back here: a redirect, the next page of a list or another
// address of the API would get around the limiter, and have no credential.
func (p *Proxy) home(resp *http.Response) error {
	if resp.StatusCode < http.StatusOK {
		return fmt.Errorf("the API sent an unexpected status %d", resp.StatusCode)
	}
	way := passageOf(resp.Request.Context())
	resp.Header.Del("Alt-Svc")
	p.metrics.answered(resp.StatusCode, &way.report, time.Since(way.start))
	from, here := resp.Request.URL, "http://"+way.host
	if location := resp.Header.Get("Location"); location != "" {
		resp.Header.Set("Location", p.back(from, here, location))
	}
	for i, line := range resp.Header["Link"] {
		resp.Header["Link"][i] = p.backLinks(from, here, line)
	}
	return nil
}

// back is the URL by which the proxy is asked for what lies below the profile's base_url; others stay, but
// for paths, which mean another place here.
func (p *Proxy) back(from *url.URL, here, target string) string {
	u, err := from.Parse(config.EscapeReference(target))
	if err != nil || !p.client.Profile().Owns(u) {
		return target
	}
	path, below := p.belowBase(u.EscapedPath())
	if !below && p.root != "" {
		return u.String()
	}
	if _, twice := p.belowBase(path); twice {
		path = p.root + path // or it would be taken as it is
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	if u.Fragment != "" {
		path += "#" + u.EscapedFragment()
	}
	return here + path
}

// backLinks is back for the targets of a Link header.
func (p *Proxy) backLinks(from *url.URL, here, line string) string {
	var out strings.Builder
	for {
		before, rest, opened := strings.Cut(line, "<")
		target, after, closed := strings.Cut(rest, ">")
		if !opened || !closed {
			out.WriteString(line)
			return out.String()
		}
		out.WriteString(before + "<" + p.back(from, here, target) + ">")
		line = after
	}
}
