package apis_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
)

// encodings are the ways in which a program may write a text.
func encodings() map[string]func(string) string {
	return map[string]func(string) string{
		"as it is":     func(s string) string { return s },
		"in a query":   url.QueryEscape,
		"in a path":    url.PathEscape,
		"quoted":       strconv.Quote,
		"quoted ASCII": strconv.QuoteToASCII,
		"in JSON": func(s string) string {
			b, _ := json.Marshal(s) // of a string
			return string(b)
		},
		"in HTML": html.EscapeString,
		"in lower case": func(s string) string {
			return strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3D", "%3d").Replace(url.QueryEscape(s))
		},
		"percent throughout": func(s string) string {
			var b strings.Builder
			for i := range len(s) {
				fmt.Fprintf(&b, "%%%02X", s[i])
			}
			return b.String()
		},
	}
}

// A secret is hidden whatever encodings it went through, up to three of them, in any order.
func TestRedactEncoded(t *testing.T) {
	t.Parallel()
	ways := encodings()
	var names []string
	for name := range ways {
		names = append(names, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		secret := "q" + rapid.StringMatching(`[a-zA-Z0-9/+=_.%&"'<>\\ ü-]{6,40}`).Draw(t, "secret") + "z"
		text := secret
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 3).Draw(t, "encodings") {
			text = ways[name](text)
		}
		before, after := rapid.StringMatching(`[a-z /:%\\"]{0,8}`).Draw(t, "before"), rapid.StringMatching(`[a-z /:;"]{0,8}`).Draw(t, "after")
		got := apis.Redact(before+text+after, "another secret", secret)
		if strings.Contains(got, text) || !strings.Contains(got, "[redacted]") {
			t.Fatalf("Redact(%q) = %q", before+text+after, got)
		}
	})
}

func TestRedactForms(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t/t0ken+xyz"
	for in, want := range map[string]string{
		"nothing":                     "nothing",
		"a " + secret + secret + " b": "a [redacted][redacted] b",
		"Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+secret)): "Basic bWU6[redacted]",
		hex.EncodeToString([]byte(secret)) + " in hex":                     "[redacted] in hex",
		`"s3cr3t/t0ken ..." is no JSON`:                                    `"[redacted] ..." is no JSON`,
		`it begins with "s3cr3t\/t0k..."`:                                  `it begins with "[redacted]..."`,
		"cut off at s3cr3t%2Ft0k":                                          "cut off at [redacted]",
		"no cut: s3cr":                                                     "no cut: s3cr",
		"http://s3CR3t%2ft0KEN%2bxyz.example":                              "http://[redacted].example",
		"so s3cr… and on":                                                  "so [redacted]… and on",
		`got: object ({"a":"s3cr3t/t ...})`:                                `got: object ({"a":"[redacted] ...})`,
	} {
		if got := apis.Redact(in, secret); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
	if got := apis.Redact("a Note of note", "note"); got != "a Note of [redacted]" {
		t.Errorf("a short secret is searched for in any case: %q", got)
	}
	for in, want := range map[string]string{
		"page 1: no note":    "page 1: [redacted] note",
		"user:no@host, none": "user:[redacted]@host, none",
		"x=n%6F&y":           "x=[redacted]&y",
	} {
		if got := apis.Redact(in, "no"); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
}

// What is secret in a request is hidden in the errors that it leads to, and in no others.
func TestRedactFor(t *testing.T) {
	t.Parallel()
	wire := roundTripper(func(req *http.Request) (*http.Response, error) {
		_, password, _ := req.BasicAuth()
		return nil, errors.New("you sent " + req.Header.Get("X-Api-Key") + " and " + password + " and " + req.URL.Query().Get("token"))
	})
	var logged []string
	c, err := apis.NewClient(&apis.Profile{Name: "x", BaseURL: "http://x.test"}, apis.ClientConfig{
		Limiter: limiter.New(limiter.Config{}), Base: wire, Retry: limiter.Retry{Max: -1},
		OnAttempt: func(a limiter.Attempt) { logged = append(logged, a.Err.Error()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := c.NewRequest(t.Context(), http.MethodGet, "/x?token=t0ken", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Api-Key", "k3y")
	req.SetBasicAuth("me", "hunter2")
	resp, err := c.Do(req)
	if err == nil {
		resp.Body.Close()
		t.Fatal("no error")
	}
	logged = append(logged, err.Error())
	for _, text := range logged {
		if !strings.Contains(text, "you sent [redacted] and [redacted] and [redacted]") {
			t.Errorf("it says %q", text)
		}
	}
	if got := c.Redact("k3y"); got != "k3y" {
		t.Errorf("the client took the request's secret for its own")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func BenchmarkRedact(b *testing.B) {
	var s apis.Secrets
	s.Add("s3cr3t/t0ken+xyz-and-so-on-until-it-is-long", "hunter2")
	for b.Loop() {
		s.Redact(`GET https://api.example.com/v1/items/17?page=3&filter=a%20b: dial tcp 10.0.0.1:443: connect: connection refused`)
	}
}
