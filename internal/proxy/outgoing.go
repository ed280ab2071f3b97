package proxy

import (
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/config"
)

// target is where a request leads at the API: to its path below base_url. A path that begins with that of base_url is
// taken as it is, for many clients add the version themselves.
func (p *Proxy) target(u *url.URL) (*url.URL, error) {
	query := ""
	if u.RawQuery != "" || u.ForceQuery {
		query = "?" + u.RawQuery
	}
	to, err := p.client.Profile().URL(u.EscapedPath() + query)
	if err != nil {
		return nil, err
	}
	path, _ := p.belowBase(to.EscapedPath())
	if below, twice := p.belowBase(path); twice {
		return p.client.Profile().URL(below + query)
	}
	return to, nil
}

// belowBase cuts the path of base_url, if it has one, off a path that lies below it.
func (p *Proxy) belowBase(path string) (below string, ok bool) {
	below, ok = strings.CutPrefix(path, p.root)
	if !ok || p.root == "" || below != "" && below[0] != '/' {
		return path, false
	}
	return below, true
}

// rewrite makes the request to the API, for which the proxy acts as the client: it says nothing of itself, and
// what clients say of others stays. Of the client's credentials none is left where the profile has one.
func (p *Proxy) rewrite(pr *httputil.ProxyRequest) {
	out := pr.Out
	out.URL, _ = p.target(pr.In.URL) // ServeHTTP has looked
	out.Host = out.URL.Host
	out.Trailer = pr.In.Trailer // which is filled in when the body has been read
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, given := pr.In.Header[name]; given && !names(pr.In.Header["Connection"], name) {
			out.Header[name] = values
		}
	}
	for _, name := range []string{
		"Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User", // they speak of us
		"Expect", "Http2-Settings", // they were for us
	} {
		out.Header.Del(name)
	}
	if out.Header.Get("User-Agent") == "" {
		out.Header.Del("User-Agent")
	}
	p.withoutCredential(pr)
}

// withoutCredential takes the client's credential out of a request if the profile has one of its own.
func (p *Proxy) withoutCredential(pr *httputil.ProxyRequest) {
	if p.client.Credential() == nil {
		return
	}
	out := pr.Out
	out.Header.Del("Authorization")
	auth := p.client.Profile().Auth
	switch {
	case auth == nil:
	case auth.Type == config.AuthHeader:
		out.Header.Del(auth.Name)
	case auth.Type == config.AuthQuery && out.URL.Query().Has(auth.Name):
		query := out.URL.Query()
		query.Del(auth.Name)
		out.URL.RawQuery = query.Encode()
	}
}
