package proxy

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// reject says why a request is not served, if it is not. Whoever reaches the proxy uses the user's credential:
// a web page must not, neither from another origin nor through a name that it makes point here.
func (p *Proxy) reject(r *http.Request) (status int, why string) {
	switch {
	case p.misusedBy(r):
		why = fmt.Sprintf("this serves one API and is not an HTTP proxy for any URL: leave HTTP_PROXY and HTTPS_PROXY unset and use http://%s as the base URL of %s", ownAddress(r), p.cfg.API)
		p.misused.Do(func() { p.warn("a client uses the proxy as its HTTP proxy: " + why) })
		return http.StatusBadRequest, why
	case !p.knows(r.Host):
		return http.StatusMisdirectedRequest, "the Host of this request is none of the proxy's: use its address as it said it, or name the host with --allow-host"
	case fromElsewhere(r):
		return http.StatusForbidden, "requests of web pages are rejected: they would use your credential"
	case !strings.HasPrefix(r.URL.Path, "/") && (r.URL.Host == "" || r.URL.Path != ""):
		return http.StatusBadRequest, "ask for paths, such as http://" + r.Host + "/path"
	case strings.EqualFold(r.Method, http.MethodTrace) || strings.EqualFold(r.Method, "TRACK"):
		return http.StatusMethodNotAllowed, r.Method + " is not forwarded: the response would show the credential"
	case needsUpgrade(r.Header):
		return http.StatusNotImplemented, "connections are not upgraded to other protocols, such as WebSocket: only requests with responses can be paced"
	}
	return 0, ""
}

func (p *Proxy) warn(message string) {
	if p.cfg.Warn != nil {
		p.cfg.Warn(message)
	}
}

// misusedBy reports whether a client takes the proxy for an HTTP proxy: it asks for a tunnel, or for a whole URL that
// is not one of the proxy's own.
func (p *Proxy) misusedBy(r *http.Request) bool {
	if r.Method == http.MethodConnect {
		return true
	}
	if r.URL.Scheme == "" {
		return false
	}
	port := r.URL.Port()
	if port == "" {
		port = "80"
	}
	_, own, _ := net.SplitHostPort(ownAddress(r))
	return r.URL.Scheme != "http" || r.URL.User != nil || port != own || !p.knows(r.URL.Host)
}

// ownAddress is where the client has reached the proxy.
func ownAddress(r *http.Request) string {
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return at.String()
	}
	return r.Host
}

// knows reports whether a Host is one of ours. A name that a web page has its own server answer for, and then
// points at us, is not.
func (p *Proxy) knows(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if ip := net.ParseIP(name); ip != nil {
		return p.cfg.Remote || ip.IsLoopback()
	}
	if name == "localhost" {
		return true
	}
	for _, ours := range p.cfg.Hosts {
		if strings.EqualFold(name, ours) {
			return true
		}
	}
	return false
}

// fromElsewhere reports whether a browser sends a request for another page than one of ours, of which there
// are none.
func fromElsewhere(r *http.Request) bool {
	for _, site := range r.Header["Sec-Fetch-Site"] {
		if site != "" && site != "none" && site != "same-origin" {
			return true
		}
	}
	for _, page := range slices.Concat(r.Header["Origin"], r.Header["Referer"]) {
		if u, err := url.Parse(page); page != "" && (err != nil || !strings.EqualFold(u.Host, r.Host)) {
			return true
		}
	}
	return false
}

// needsUpgrade reports whether a client wants another protocol than HTTP. Where it only offers another version of that,
// as Java's HttpClient and curl --http2 do, the offer may be ignored (RFC 9110, section 7.8).
func needsUpgrade(h http.Header) bool {
	if !names(h["Connection"], "Upgrade") {
		return false
	}
	return slices.ContainsFunc(listed(h["Upgrade"]), func(protocol string) bool {
		name, _, _ := strings.Cut(strings.ToLower(protocol), "/")
		return !slices.Contains([]string{"h2c", "h2", "http", "tls"}, name)
	})
}

// names reports whether a header whose value is a list holds a word.
func names(lines []string, word string) bool {
	return slices.ContainsFunc(listed(lines), func(other string) bool { return strings.EqualFold(other, word) })
}

// listed are the words of a header whose value is a list.
func listed(lines []string) []string {
	var words []string
	for _, line := range lines {
		for word := range strings.SplitSeq(line, ",") {
			if word = strings.TrimSpace(word); word != "" {
				words = append(words, word)
			}
		}
	}
	return words
}
