package apiclient_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/redact"
)

// cookieBox sends what it has, and keeps what it is told.
type cookieBox struct{ told []string }

func (*cookieBox) Header(*url.URL) string { return "a=hunter2" }
func (*cookieBox) Secrets() []string      { return []string{"hunter2"} }
func (*cookieBox) Identity() string       { return "box" }
func (b *cookieBox) Received(u *url.URL, h http.Header) {
	b.told = append(b.told, u.String()+" "+h.Get("Location"))
}

func TestCookiesStayAtHome(t *testing.T) {
	t.Parallel()
	var got []string
	box := &cookieBox{}
	p := &config.Profile{Name: "my-api", BaseURL: "https://h", Pace: fast(), Headers: map[string]string{"Cookie": "of=profile"}}
	c := newClient(t, p, apiclient.Config{
		Cookies: box,
		Base:    record(&got, redirects(map[string]string{"h/a": "/b", "h/b": "https://evil/c", "evil/c": "https://h/d"})),
	})
	if _, err := send(c, request(t, c, "GET", "/a")); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, true, false, false} {
		if sent := strings.Contains(got[i], "Cookie: a=hunter2"); sent != want || strings.Contains(got[i], "of=profile") {
			t.Errorf("request %d is %q, want it with the cookie: %v", i+1, got[i], want)
		}
	}
	if diff := cmp.Diff([]string{"https://h/a /b", "https://h/b https://evil/c"}, box.told); diff != "" {
		t.Errorf("told of (-want +got):\n%s", diff)
	}
	if shown := redact.Text("a=hunter2", c.Secrets()...); strings.Contains(shown, "hunter2") {
		t.Errorf("redacted: %s", shown)
	}
	got = nil
	if _, err := send(c, request(t, c, "GET", "/x", "Cookie", "own=1")); err != nil || !strings.Contains(got[0], "Cookie: own=1") {
		t.Errorf("with a cookie of its own: %q, %v", got, err)
	}
}

func TestReferer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		auto        bool
		own         string
		first, then string
	}{
		{false, "", "", ""},
		{true, "", "", "https://h/a"},
		{false, "http://mine", "http://mine", "http://mine"},
		{true, "http://mine", "http://mine", "https://h/a"},
	} {
		var got []string
		c := newClient(t, &config.Profile{Name: "my-api", BaseURL: "https://h", Pace: fast()}, apiclient.Config{
			Referer: tt.auto,
			Base:    record(&got, redirects(map[string]string{"h/a": "/b", "h/b": "https://other/c"})),
		})
		req := request(t, c, "GET", "/a")
		if tt.own != "" {
			req.Header.Set("Referer", tt.own)
		}
		if _, err := send(c, req); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{tt.first, tt.then, ""} {
			_, after, found := strings.Cut(got[i], "Referer: ")
			after, _, _ = strings.Cut(after, " ")
			if found != (want != "") || after != want {
				t.Errorf("%+v: request %d is %q, want the referrer %q", tt, i+1, got[i], want)
			}
		}
	}
}
