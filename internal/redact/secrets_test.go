package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/redact"
)

// encodings are the ways in which a program may write a string.
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
		got := redact.Text(before+text+after, "another secret", secret)
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
		`"s3cr3t/t0ken ..." is not JSON`:                                   `"[redacted] ..." is not JSON`,
		`it begins with "s3cr3t\/t0k..."`:                                  `it begins with "[redacted]..."`,
		"cut off at s3cr3t%2Ft0k":                                          "cut off at [redacted]",
		"no cut: s3cr":                                                     "no cut: s3cr",
		"http://s3CR3t%2ft0KEN%2bxyz.example":                              "http://[redacted].example",
		"so s3cr… and on":                                                  "so [redacted]… and on",
		`got: object ({"a":"s3cr3t/t ...})`:                                `got: object ({"a":"[redacted] ...})`,
	} {
		if got := redact.Text(in, secret); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
	if got := redact.Text("a Note of note", "note"); got != "a Note of [redacted]" {
		t.Errorf("a short secret is searched for in any case: %q", got)
	}
	for in, want := range map[string]string{
		"page 1: no note":    "page 1: [redacted] note",
		"user:no@host, none": "user:[redacted]@host, none",
		"x=n%6F&y":           "x=[redacted]&y",
	} {
		if got := redact.Text(in, "no"); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
}

func BenchmarkRedact(b *testing.B) {
	var s redact.Secrets
	s.Add("s3cr3t/t0ken+xyz-and-so-on-until-it-is-long", "hunter2")
	for b.Loop() {
		s.Redact(`GET https://api.example.com/v1/items/17?page=3&filter=a%20b: dial tcp 10.0.0.1:443: connect: connection refused`)
	}
}
