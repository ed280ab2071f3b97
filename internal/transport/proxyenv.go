package transport

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/httpcheck"
)

// A proxyFunc is http.Transport's Proxy.
type proxyFunc func(*http.Request) (*url.URL, error)

// proxyFromEnv finds the proxy of a request as curl does: http_proxy in lower case only (a web server
// sets the other one from a client's header), https_proxy and all_proxy in both, the lower case first;
// nil without any. Unlike net/http it makes no exception for loopback.
func proxyFromEnv(getenv func(string) string) proxyFunc {
	first := firstOf(getenv)
	proxies := map[string]string{
		"http":  first("http_proxy", "all_proxy", "ALL_PROXY"),
		"https": first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
	}
	if proxies["http"] == "" && proxies["https"] == "" {
		return nil
	}
	return func(req *http.Request) (*url.URL, error) {
		proxy := proxies[req.URL.Scheme]
		if proxy == "" {
			return nil, nil
		}
		u, err := proxyURL(proxy)
		if err != nil {
			return nil, &httpcheck.UnsendableError{Err: errors.New("the proxy that the environment names for " + req.URL.Scheme + " is not a URL such as http://127.0.0.1:3128")}
		}
		return u, nil
	}
}

// unless makes an exception for the hosts that no_proxy names, whoever named the proxy.
func unless(getenv func(string) string, proxy proxyFunc) proxyFunc {
	if getenv == nil || proxy == nil {
		return proxy
	}
	except := firstOf(getenv)("no_proxy", "NO_PROXY")
	return func(req *http.Request) (*url.URL, error) {
		if direct(except, req.URL.Hostname()) {
			return nil, nil
		}
		return proxy(req)
	}
}

// firstOf returns the first variable that is set.
func firstOf(getenv func(string) string) func(...string) string {
	return func(names ...string) string {
		for _, name := range names {
			if v := getenv(name); v != "" {
				return v
			}
		}
		return ""
	}
}

// direct reports whether no_proxy names a host: itself, a domain that it is in, a network, or all.
func direct(except, host string) bool {
	if strings.TrimSpace(except) == "*" {
		return true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	addr, err := netip.ParseAddr(host)
	for entry := range strings.FieldsFuncSeq(strings.ToLower(except), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if err == nil {
			if within(addr, entry) {
				return true
			}
			continue
		}
		entry = strings.TrimSuffix(strings.TrimPrefix(entry, "."), ".")
		if entry != "" && (host == entry || strings.HasSuffix(host, "."+entry)) {
			return true
		}
	}
	return false
}

// within reports whether an address is the one of an entry, or in its network.
func within(addr netip.Addr, entry string) bool {
	if network, err := netip.ParsePrefix(entry); err == nil {
		return network.Contains(addr.Unmap())
	}
	ip := net.ParseIP(strings.Trim(entry, "[]"))
	return ip != nil && ip.Equal(net.IP(addr.AsSlice()))
}
