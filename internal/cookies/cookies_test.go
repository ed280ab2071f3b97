package cookies

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
		{"=b", "http://h/x", "http://h/y", ""},
		{"a=", "http://h/x", "http://h/y", "a="},
		{"a=b=c", "http://h/x", "http://h/y", "a=b=c"},
		{"  a = b  ; Path=/", "http://h/x", "http://h/y", "a=b"},
		{`a={"x":1}`, "http://h/x", "http://h/y", `a={"x":1}`},
		{`a=b"c\d,e f`, "http://h/x", "http://h/y", `a=b"c\d,e f`},
		{"a=\u00e9\u2603", "http://h/x", "http://h/y", "a=\u00e9\u2603"},
		{"a[b]:@{}=1", "http://h/x", "http://h/y", "a[b]:@{}=1"},
		{"a=b\x01", "http://h/x", "http://h/y", ""},
		{"a=b\x7f", "http://h/x", "http://h/y", ""},
		{"a=" + strings.Repeat("x", 4095), "http://h/x", "http://h/y", "a=" + strings.Repeat("x", 4095)},
		{"a=" + strings.Repeat("x", 4096), "http://h/x", "http://h/y", ""},
		{"a=b; PATH=/;;; ; foo; foo=bar", "http://h/deep/x", "http://h/y", "a=b"},
		{`a=b; path="/"`, "http://h/deep/x", "http://h/y", "a=b"},
		{"a=b; path=/; path=/deep", "http://h/x", "http://h/y", ""},
		{"a=b; path=/deep; path=/", "http://h/x", "http://h/y", "a=b"},
		{"a=b; domain=", "http://h/x", "http://h/y", "a=b"},
		{"a=b; Max-Age=soon", "http://h/x", "http://h/y", "a=b"},
		{"a=b; Max-Age=1e3", "http://h/x", "http://h/y", "a=b"},
		{`a=b; Max-Age="0"`, "http://h/x", "http://h/y", ""},
		{"a=b; Max-Age=-1", "http://h/x", "http://h/y", ""},
		{"a=b; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=60", "http://h/x", "http://h/y", "a=b"},
		{"a=b; Expires=garbage", "http://h/x", "http://h/y", "a=b"},
		{"a=b; Expires=0", "http://h/x", "http://h/y", "a=b"},
		{"__Secure-a=b", "https://h/x", "https://h/y", ""},
		{"__Secure-a=b; Secure", "https://h/x", "https://h/y", "__Secure-a=b"},
		{"__host-a=b; Secure; Path=/deep", "https://h/x", "https://h/deep", ""},
		{"__Host-a=b; Secure; Path=/", "https://h/x", "https://h/y", "__Host-a=b"},
		{"__Host-a=b; Secure; Path=/; Domain=h.org", "https://h.org/x", "https://h.org/y", ""},
	} {
		c, err := Read(nil, "jar", nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Received(address(t, tt.at), http.Header{"Set-Cookie": {tt.set}})
		if got := c.Header(address(t, tt.to)); got != tt.want {
			t.Errorf("%s from %s, to %s: %q, want %q", tt.set, tt.at, tt.to, got, tt.want)
		}
	}
}

// A cookie that a server deletes is gone, however it writes the date.
func TestCookiesAreDeleted(t *testing.T) {
	t.Parallel()
	for _, date := range []string{
		"Thu, 01 Jan 1970 00:00:00 GMT", "Thu Jan  1 00:00:00 1970", "01 Jan 1970 00:00:00 GMT", "Thu 01 Jan 1970 00:00:00 GMT",
		"thu, 01-jan-1970 00:00:01 gmt", "Thursday, 01-Jan-70 00:00:01 GMT", "Thu, 1 January 1970 0:0:1", `"Thu, 01 Jan 1970 00:00:01 GMT"`,
		"1970 jan 1 00:00:01", "00:00:01 1 Jan 1970", "Thu, 01 Jan 1970 00:00:00 +0100", "Wed, 31-Dec-97 23:59:59 GMT",
	} {
		c, err := Read(nil, "jar", nil)
		if err != nil {
			t.Fatal(err)
		}
		at := address(t, "http://h/x")
		c.Received(at, http.Header{"Set-Cookie": {"a=1; Path=/"}})
		c.Received(at, http.Header{"Set-Cookie": {"a=; Path=/; Expires=" + date}})
		if got := c.Header(at); got != "" {
			t.Errorf("deleted with Expires=%s, and still sent: %s", date, got)
		}
	}
}

// A cookie's own directory is one path, whether the server names it or not, and with a slash at its end or without.
func TestCookiesOfADirectory(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", "; Path=/deep", "; Path=/deep/", "; Path=deep"} {
		c, err := Read(nil, "jar", nil)
		if err != nil {
			t.Fatal(err)
		}
		at := address(t, "http://h/deep/x")
		c.Received(at, http.Header{"Set-Cookie": {"a=1", "a=2" + path}})
		if got := c.Header(at); got != "a=2" {
			t.Errorf("%q: Header = %q, want a=2", path, got)
		}
		if got := string(c.File()); !strings.Contains(got, "\t/deep") {
			t.Errorf("%q: the file holds %q", path, got)
		}
		c.Received(at, http.Header{"Set-Cookie": {"a=; Max-Age=0" + path}})
		if got := c.Header(at); got != "" {
			t.Errorf("%q: deleted, and still sent: %s", path, got)
		}
	}
}

func TestParseCookieDate(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 12, 30, 59, 0, time.UTC)
	for _, text := range []string{
		"Tue, 24 Nov 2026 12:30:59 GMT", "Tuesday, 24-Nov-26 12:30:59 GMT", "Tue Nov 24 12:30:59 2026", "24 november 2026 12:30:59",
		"nov/24/26 12:30:59foo", "2026 24 Nov 12:30:59", "Tue, 24 Nov 2026 12:30:59 EST",
	} {
		if got, ok := parseCookieDate(text); !ok || !got.Equal(at) {
			t.Errorf("parseCookieDate(%q) = %v, %v, want %v", text, got, ok, at)
		}
	}
	for _, text := range []string{
		"", "0", "-1", "now", "2026-11-24T12:30:59Z", "24 Nov 2026", "24 Nov 12:30:59", "Nov 2026 12:30:59", "24 Foo 2026 12:30:59",
		"24 Nov 1600 12:30:59", "32 Nov 2026 12:30:59", "31 Feb 2026 12:30:59", "24 Nov 2026 24:00:00", "24 Nov 2026 12:60:00", "24 Nov 2026 12:30",
		"24 Nov 20260 12:30:59", "241 Nov 2026 12:30:59",
	} {
		if got, ok := parseCookieDate(text); ok {
			t.Errorf("parseCookieDate(%q) = %v, want none", text, got)
		}
	}
}

// A saved file of headers is one of cookies too, as with curl.
func TestCookiesOfHeaders(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heads")
	const heads = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nset-cookie: own=1\r\nSet-Cookie: a=2; Domain=h.org; Path=/deep\r\n" +
		"Set-Cookie:gone=1; Max-Age=0\r\nSet-Cookie: other=1; Domain=elsewhere.org\r\nSet-Cookie: tls=1; Secure\r\n\r\n" +
		"h.org\tFALSE\t/\tFALSE\t0\tline\t3\n"
	if err := os.WriteFile(path, []byte(heads), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, "-"} {
		c, err := Read([]string{name}, "", strings.NewReader(heads))
		if err != nil {
			t.Fatal(err)
		}
		for to, want := range map[string]string{
			"http://h.org/x": "line=3; own=1", "http://w.h.org/deep/x": "a=2; own=1", "https://h.org/x": "line=3; tls=1; own=1",
		} {
			if got := c.Header(address(t, to)); got != want {
				t.Errorf("%s, to %s: %q, want %q", name, to, got, want)
			}
		}
		if got := string(c.File()); !strings.Contains(got, "h.org\tFALSE\t/\tFALSE\t0\town\t1\n") {
			t.Errorf("the file holds %q", got)
		}
	}
}

// What came without TLS takes no secure cookie's place.
func TestSecureCookiesStay(t *testing.T) {
	t.Parallel()
	c, err := Read(nil, "jar", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Received(address(t, "https://h.org/x"), http.Header{"Set-Cookie": {"a=1; Secure; Path=/"}})
	c.Received(address(t, "http://h.org/x"), http.Header{"Set-Cookie": {"a=evil; Path=/", "a=; Path=/; Max-Age=0"}})
	if got := c.Header(address(t, "https://h.org/x")); got != "a=1" {
		t.Errorf("Header = %q, want a=1", got)
	}
}

// Whatever a server sends, what is kept of it can be sent and saved.
func FuzzSetCookie(f *testing.F) {
	f.Add("a=b; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=-1; Domain=.h.org; Secure; HttpOnly")
	f.Add(`a[b] = {"x": 1};;=;path="/x"`)
	f.Fuzz(func(t *testing.T, line string) {
		c, ok := parseSetCookie(line)
		if !ok {
			return
		}
		if c.name == "" || strings.ContainsAny(c.name+c.value, ";\r\n\x00\t") || strings.Contains(c.name, "=") {
			t.Errorf("%q is read as %+v", line, c)
		}
		k := cookie{domain: "h", path: "/", name: c.name, value: c.value}
		if again, ok := parseCookie(k.String()); !strings.HasPrefix(c.name, "#") && (!ok || again != k) {
			t.Errorf("%q is saved as %q, and read as %+v", line, k.String(), again)
		}
	})
}

func TestCookieFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jar")
	c, err := Read([]string{path, "x=y", "z=1; q=2"}, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := address(t, "https://h.org/deep/x")
	c.Received(at, http.Header{"Set-Cookie": {"a=1", "b=; HttpOnly", "c=3; Secure; Domain=h.org; Path=/; Max-Age=60", "d=4; Max-Age=1"}})
	c.put(cookie{domain: "h.org", path: "/deep/", name: "d", expires: time.Unix(1, 0)}, time.Now())
	if err := os.WriteFile(path, c.File(), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Read([]string{path, "x=y", "z=1; q=2"}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = "b=; a=1; c=3; x=y;z=1; q=2"
	for _, jar := range []*Jar{c, again} {
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
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("files %q, want only the jar", left)
	}
}

func TestBadCookieLines(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "# text", "h\tFALSE", "h\tFALSE\t/\tFALSE\tsoon\ta\tb", "\tFALSE\t/\tFALSE\t0\ta\tb", "h\tFALSE\t/\tFALSE\t0\t\tb", "h\tFALSE\t/\tFALSE\t0\ta\tb;c", "h\tFALSE\t/\tFALSE\t0\ta\tb\x01"} {
		if k, ok := parseCookie(line); ok {
			t.Errorf("%q is read as %+v, want nothing", line, k)
		}
	}
}
