package config_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/config"
)

func TestURL(t *testing.T) {
	t.Parallel()
	tests := []struct{ base, path, want string }{
		{"https://h/v1", "/pages/1", "https://h/v1/pages/1"},
		{"https://h/v1", "pages/1", "https://h/v1/pages/1"},
		{"https://h/v1/", "pages/1?x=y", "https://h/v1/pages/1?x=y"},
		{"https://h/v1", "", "https://h/v1"},
		{"https://h/v1", "/", "https://h/v1/"},
		{"https://h", "", "https://h/"},
		{"https://h", "?x=1", "https://h/?x=1"},
		{"https://h/v1", "?x=1", "https://h/v1?x=1"},
		{"https://h/v1", "a?", "https://h/v1/a?"},
		{"https://h/v1", "a#b?c", "https://h/v1/a"},
		{"https://h/v1", "//evil/x", "https://h/v1//evil/x"},
		{"https://h", "//evil/x", "https://h//evil/x"},
		{"https://h", "///", "https://h///"},
		{"https://h/v1", "..", "https://h/v1/"},
		{"https://h/v1", "../../etc", "https://h/v1/etc"},
		{"https://h/v1", "a/b/../../../c/./d", "https://h/v1/c/d"},
		{"https://h/v1", "a/b/..", "https://h/v1/a/"},
		{"https://h/v1", "a/...", "https://h/v1/a/..."},
		{"https://h/v1", "a?x=../..", "https://h/v1/a?x=../.."},
		{"https://h/v1", "%2e%2e/a%2Fb", "https://h/v1/%2e%2e/a%2Fb"},
		{"https://h/v1", "a%2fb{c}|\"", "https://h/v1/a%2fb%7Bc%7D%7C%22"},
		{"https://h/a%2Fb", "c", "https://h/a%2Fb/c"},
		{"https://h/v1", "a b?c d", "https://h/v1/a%20b?c%20d"},
		{"https://h/v1", "é", "https://h/v1/%C3%A9"},
		{"https://h/v1", "\xff", "https://h/v1/%FF"},
		{"https://h/v1", `\\evil\x`, "https://h/v1/%5C%5Cevil%5Cx"},
		{"https://h/v1", "a?q=100%&u=http://x/", "https://h/v1/a?q=100%&u=http://x/"},
		{"https://h/v1", "x:y/http://evil/", "https://h/v1/x:y/http://evil/"},
		{"https://h/v1", "user@evil/x", "https://h/v1/user@evil/x"},
		{"https://h/v1", "https:/evil/x", "https://h/v1/https:/evil/x"},
		{"https://h/v1", "https://h/v2/x?y", "https://h/v2/x?y"},
		{"https://h/v1", "HTTPS://H:443/v1/../x", "https://h/x"},
		{"https://h/v1", "https://h", "https://h/"},
		{"https://h/v1", "https://h?x", "https://h/?x"},
		{"http://h:8080/v1", "http://h:8080//x", "http://h:8080//x"},
		{"http://[::1]:8/", "http://[::1]:8/a", "http://[::1]:8/a"},
	}
	for _, tt := range tests {
		p := &config.Profile{Name: "my-api", BaseURL: tt.base}
		got, err := p.URL(tt.path)
		if err != nil || got.String() != tt.want {
			t.Errorf("URL(%q) on %s = %v, %v, want %s", tt.path, tt.base, got, err, tt.want)
		}
	}
}

func TestURLErrors(t *testing.T) {
	t.Parallel()
	p := &config.Profile{Name: "my-api", BaseURL: "https://h/v1"}
	tests := []struct{ path, want string }{
		{"https://evil/x", "https://evil is not the origin of my-api, which is https://h: its credentials belong there alone"},
		{"http://h/x", "http://h is not the origin of my-api, which is https://h: its credentials belong there alone"},
		{"https://h:8443/x", "https://h:8443 is not the origin of my-api, which is https://h: its credentials belong there alone"},
		{"https://h./x", "https://h. is not the origin of my-api, which is https://h: its credentials belong there alone"},
		{"https://", "https:// is not the origin of my-api, which is https://h: its credentials belong there alone"},
		{"ftp://h/x", "ftp://h is not the origin of my-api, which is https://h: its credentials belong there alone"},
		{"https://user:hunter2@h/", "path: the URL contains a user name; credentials belong in the auth of the profile"},
		{`https://h\@evil/`, "path: the URL's host is malformed"},
		{"a\r\nHost: evil", "path: control character 0x0d at byte 2"},
		{"a\x00", "path: control character 0x00 at byte 2"},
		{"a%", "path: invalid escape; write %25 for a percent sign"},
		{"a%zz", "path: invalid escape; write %25 for a percent sign"},
	}
	for _, tt := range tests {
		got, err := p.URL(tt.path)
		if err == nil || err.Error() != tt.want {
			t.Errorf("URL(%q) = %v, %v, want error %s", tt.path, got, err, tt.want)
		}
		_, foreign := errors.AsType[*config.ForeignOriginError](err)
		_, path := errors.AsType[*config.PathError](err)
		if foreign == path {
			t.Errorf("URL(%q): error is a %T, want one of the two", tt.path, err)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, path := range []string{"/a", "//h/x", "../..", "https://h/", "HTTPS://H:443/%2e", "a%2Fb?c#d", `\\h`, "a:b@c", "?", "/\u00e9[{"} {
		f.Add(path)
	}
	p := &config.Profile{Name: "my-api", BaseURL: "https://api.example.com:8443/v1/x%2Fy"}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := p.URL(path)
		if err != nil {
			return
		}
		again, err := url.Parse(u.String())
		if err != nil {
			t.Fatalf("URL(%q) = %s, which does not parse: %v", path, u, err)
		}
		if again.Scheme != "https" || again.Host != "api.example.com:8443" || again.User != nil || !p.Owns(again) {
			t.Fatalf("URL(%q) = %s, which is not on the origin", path, u)
		}
		if again.EscapedPath() != u.RawPath || u.EscapedPath() != u.RawPath {
			t.Fatalf("URL(%q): path %q is sent as %q", path, u.RawPath, u.EscapedPath())
		}
		if !strings.Contains(path, "://") && !strings.HasPrefix(u.RawPath, "/v1/x%2Fy") {
			t.Fatalf("URL(%q) = %s, which is not below base_url", path, u)
		}
		if _, err := http.NewRequest(http.MethodGet, u.String(), nil); err != nil {
			t.Fatalf("URL(%q) = %s, which cannot be requested: %v", path, u, err)
		}
	})
}
