package fetch

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func address(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestCookiesGoWhereTheyBelong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ set, at, to, want string }{
		{"a=b", "http://h/x", "http://h/y", "a=b"},
		{"a=b", "http://h/x", "http://h:81/y", "a=b"},
		{"a=b", "http://h/deep/x", "http://h/deep/y", "a=b"},
		{"a=b", "http://h/deep/x", "http://h/y", ""},
		{"a=b; Path=/", "http://h/deep/x", "http://h/y", "a=b"},
		{"a=b; Path=/deep", "http://h/x", "http://h/deeper", ""},
		{"a=b; Path=/deep", "http://h/x", "http://h/deep", "a=b"},
		{"a=b; Path=deep", "http://h/x", "http://h/y", "a=b"},
		{"a=b", "http://h.org/x", "http://w.h.org/y", ""},
		{"a=b; Domain=h.org", "http://h.org/x", "http://w.h.org/y", "a=b"},
		{"a=b; Domain=.h.org", "http://w.h.org/x", "http://H.org/y", "a=b"},
		{"a=b; Domain=h.org", "http://w.h.org/x", "http://evilh.org/y", ""},
		{"a=b; Domain=other.org", "http://h.org/x", "http://other.org/y", ""},
		{"a=b; Domain=w.h.org", "http://h.org/x", "http://w.h.org/y", ""},
		{"a=b; Domain=org", "http://h.org/x", "http://h.org/y", ""},
		{"a=b; Domain=0.0.1", "http://127.0.0.1/x", "http://127.0.0.1/y", ""},
		{"a=b; Secure", "https://h/x", "http://h/y", ""},
		{"a=b; Secure", "https://h/x", "https://h/y", "a=b"},
		{"a=b; Secure", "http://h/x", "https://h/y", ""},
		{"a=b; Max-Age=0", "http://h/x", "http://h/y", ""},
		{"a=b; Max-Age=9999999999999", "http://h/x", "http://h/y", "a=b"},
		{"a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:01 GMT", "http://h/x", "http://h/y", "a=b"},
		{"a=b; Expires=Thu, 01 Jan 1970 00:00:01 GMT", "http://h/x", "http://h/y", ""},
		{`a="b c"`, "http://h/x", "http://h/y", `a="b c"`},
		{"a=b\tc", "http://h/x", "http://h/y", ""},
		{"nothing", "http://h/x", "http://h/y", ""},
	} {
		c, err := newCookies(nil, "jar")
		if err != nil {
			t.Fatal(err)
		}
		c.Received(address(t, tt.at), http.Header{"Set-Cookie": {tt.set}})
		if got := c.Header(address(t, tt.to)); got != tt.want {
			t.Errorf("%s from %s, to %s: %q, want %q", tt.set, tt.at, tt.to, got, tt.want)
		}
	}
}

func TestCookieFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jar")
	c, err := newCookies([]string{path, "x=y", "z=1; q=2"}, path)
	if err != nil {
		t.Fatal(err)
	}
	at := address(t, "https://h.org/deep/x")
	c.Received(at, http.Header{"Set-Cookie": {"a=1", "b=; HttpOnly", "c=3; Secure; Domain=h.org; Path=/; Max-Age=60", "d=4; Max-Age=1"}})
	c.put(cookie{domain: "h.org", path: "/deep/", name: "d", expires: time.Unix(1, 0)}, time.Now())
	if err := os.WriteFile(path, c.file(), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := newCookies([]string{path, "x=y", "z=1; q=2"}, "")
	if err != nil {
		t.Fatal(err)
	}
	const want = "b=; a=1; c=3; x=y;z=1; q=2"
	for _, jar := range []*cookies{c, again} {
		if got := jar.Header(at); got != want {
			t.Errorf("Header = %q, want %q", got, want)
		}
	}
	if diff := cmp.Diff([]string{"y"}, again.Secrets()); diff == "" {
		t.Error("a short value counts as a secret")
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "# Netscape HTTP Cookie File\n") || !strings.Contains(string(text), "#HttpOnly_h.org\tFALSE\t/deep/\tFALSE\t0\tb\t\n") {
		t.Errorf("the file holds %q, %v", text, err)
	}
	if left := names(t, filepath.Dir(path)); len(left) != 1 {
		t.Errorf("files %q, want only the jar", left)
	}
}

func TestBadCookieLines(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "# text", "h\tFALSE", "h\tFALSE\t/\tFALSE\tsoon\ta\tb", "\tFALSE\t/\tFALSE\t0\ta\tb", "h\tFALSE\t/\tFALSE\t0\t\tb", "h\tFALSE\t/\tFALSE\t0\ta\tb;c"} {
		if k, ok := parseCookie(line); ok {
			t.Errorf("%q is read as %+v, want nothing", line, k)
		}
	}
}
