package transport

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/httpcheck"
)

func TestProxyFromEnv(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env  map[string]string
		url  string
		want string
	}{
		{nil, "http://h/", ""},
		{map[string]string{"http_proxy": "p:1"}, "http://h/", "http://p:1"},
		{map[string]string{"http_proxy": "p:1"}, "https://h/", ""},
		{map[string]string{"HTTP_PROXY": "p:1"}, "http://h/", ""},
		{map[string]string{"HTTPS_PROXY": "p:1"}, "https://h/", "http://p:1"},
		{map[string]string{"https_proxy": "q:1", "HTTPS_PROXY": "p:1"}, "https://h/", "http://q:1"},
		{map[string]string{"ALL_PROXY": "socks5h://p"}, "https://h/", "socks5h://p:1080"},
		{map[string]string{"http_proxy": "http://u:x@p:1"}, "http://127.0.0.1/", "http://u:x@p:1"},
	} {
		got := ""
		if f := proxyFromEnv(func(name string) string { return tt.env[name] }); f != nil {
			u, err := f(&http.Request{URL: address(t, tt.url)})
			if err != nil {
				t.Fatal(err)
			}
			if u != nil {
				got = u.String()
			}
		}
		if got != tt.want {
			t.Errorf("%v: %s takes %q, want %q", tt.env, tt.url, got, tt.want)
		}
	}
	bad := proxyFromEnv(func(string) string { return "ftp://u:s3cret@p" })
	if _, err := bad(&http.Request{URL: &url.URL{Scheme: "http", Host: "h"}}); !failure.Is[*httpcheck.UnsendableError](err) {
		t.Errorf("error %v, want an UnsendableError", err)
	}
}

func TestNoProxy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		except, host string
		want         bool
	}{
		{"", "h", false},
		{"*", "h", true},
		{"h", "h", true},
		{"H", "h", true},
		{"h", "H.", true},
		{"a,h", "h", true},
		{"a h", "h", true},
		{"org", "h.org", true},
		{".org", "h.org", true},
		{"h.org", ".h.org", true},
		{"h.org", "evilh.org", false},
		{"h.org", "org", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.0/8", "127.1.2.3", true},
		{"127.0.0.0/8", "128.0.0.1", false},
		{"0.0.1", "127.0.0.1", false},
		{"::1", "::1", true},
		{"[::1]", "::1", true},
		{"fe80::/10", "fe80::1", true},
		{",,", "h", false},
	} {
		if got := direct(tt.except, tt.host); got != tt.want {
			t.Errorf("no_proxy=%q excepts %s: %v, want %v", tt.except, tt.host, got, tt.want)
		}
	}
}

func address(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
