package proxy

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// refuse says why a request is not served, if it is not. Whoever reaches the proxy uses the user's credential:
// a web page must not, neither from another origin nor through a name that it makes point here.
func (p *Proxy) refuse(r *http.Request) (status int, why string) {
	switch {
	case !p.knows(r.Host):
		return http.StatusMisdirectedRequest, "the Host of this request is none of the proxy's: use its address as it said it, or name the host with --allow-host"
	case fromElsewhere(r):
		return http.StatusForbidden, "requests of web pages are refused: they would use your credential"
	case r.Method == http.MethodConnect || r.URL.Host != "" || !strings.HasPrefix(r.URL.Path, "/"):
		return http.StatusBadRequest, "this is no proxy for any URL but a base URL for one API: ask it for paths, such as http://" + r.Host + "/path"
	case upgrades(r.Header):
		return http.StatusNotImplemented, "connections are not upgraded (WebSocket, h2c): only requests with answers can be paced"
	}
	return 0, ""
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
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "none" && site != "same-origin" {
		return true
	}
	for _, name := range []string{"Origin", "Referer"} {
		text := r.Header.Get(name)
		if text == "" {
			continue
		}
		if u, err := url.Parse(text); err != nil || !strings.EqualFold(u.Host, r.Host) {
			return true
		}
	}
	return false
}

// upgrades reports whether another protocol is asked for.
func upgrades(h http.Header) bool {
	for _, line := range h.Values("Connection") {
		for word := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(word), "upgrade") {
				return true
			}
		}
	}
	return false
}
