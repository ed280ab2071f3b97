package proxy

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// home leads what an answer says of further requests back here: a redirect and the next page of a list would
// get around the limiter, and have no credential.
func (p *Proxy) home(resp *http.Response) error {
	way := passageOf(resp.Request.Context())
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
	u, err := from.Parse(target)
	if err != nil || !p.client.Profile().Owns(u) {
		return target
	}
	base, err := p.client.Profile().URL("")
	if err != nil {
		return target
	}
	path, below := strings.CutPrefix(u.EscapedPath(), strings.TrimSuffix(base.EscapedPath(), "/"))
	if !below || path != "" && path[0] != '/' {
		return u.String()
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
