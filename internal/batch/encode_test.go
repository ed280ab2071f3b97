package batch

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/rawjson"
)

func TestForms(t *testing.T) {
	t.Parallel()
	isJSON := http.Header{"Content-Type": {"application/problem+json; charset=utf-8"}}
	isText := http.Header{"Content-Type": {"text/plain"}}
	for _, test := range []struct {
		body   string
		header http.Header
		want   string
	}{
		{"", isJSON, ``},
		{`{"n": 1.0e400}`, nil, `,"json":{"n": 1.0e400}`},
		{" [1]\n", isText, `,"json":[1]`},
		{"{\r\n  \"a\": \"\u2028\",\n\t\"b\": [ 1 ]\n}", nil, `,"json":{"a":"` + "\u2028" + `","b":[1]}`},
		{`123`, isJSON, `,"json":123`},
		{`123`, isText, `,"body":"123"`},
		{`{"a":`, isJSON, `,"body":"{\"a\":"`},
		{"a\x00\x1b\t\"\\\r\nä", nil, `,"body":"a\u0000\u001b\t\"\\\r\nä"`},
		{`{"b":1,"a":12345678901234567890123,"b":1.50E+0,"":{}}`, nil, `,"json":{"b":1,"a":12345678901234567890123,"b":1.50E+0,"":{}}`},
		{`[ "\ud800", "\/", "\u0041" , -0 ]`, nil, `,"json":[ "\ud800", "\/", "\u0041" , -0 ]`},
		{"\ufeff{}", isJSON, `,"body":"` + "\ufeff" + `{}"`}, // which is not JSON (RFC 8259, 8.1)
		{"{}{}", isJSON, `,"body":"{}{}"`},
		{"\n", isJSON, `,"body":"\n"`},
		{"null", isJSON, `,"json":null`},
		{`{"a":NaN}`, isJSON, `,"body":"{\"a\":NaN}"`},
		{"a\u2028b\u2029", isText, `,"body":"` + "a\u2028b\u2029" + `"`},
		{"\x1f\x8b\b\x00", isJSON, `,"body_base64":"H4sIAA=="`}, // compressed, as it came
		{"\xff\xfe", nil, `,"body_base64":"//4="`},
		{"{\"a\":\"\xff\"}", isJSON, `,"body_base64":"eyJhIjoi/yJ9"`},
	} {
		f := formOf([]byte(test.body), test.header)
		if got := string(f.append(nil, []byte(test.body))); got != test.want {
			t.Errorf("%q: %s, want %s", test.body, got, test.want)
		}
	}
}

// JSON keeps every token as it came, byte for byte, on one line.
func TestJSONAsItCame(t *testing.T) {
	t.Parallel()
	space := rapid.SampledFrom([]string{"", "", " ", "\n", "\r\n", "\t", " \n  "})
	token := rapid.SampledFrom([]string{`1`, `-0.10e-5`, `9007199254740993`, `1e999`, `"a b\n\u00e9\ud800"`, "\"\u2028 \u00e9\"", `""`, `true`, `null`})
	rapid.Check(t, func(t *rapid.T) {
		var spaced, tokens strings.Builder
		add := func(text string) {
			tokens.WriteString(text)
			spaced.WriteString(space.Draw(t, "space") + text + space.Draw(t, "space"))
		}
		n := rapid.IntRange(0, 8).Draw(t, "members")
		add("{")
		for i := range n {
			if i > 0 {
				add(",")
			}
			add(`"k"`)
			add(":")
			add(token.Draw(t, "token"))
		}
		add("}")
		body := []byte(spaced.String())
		form := formOf(body, nil)
		line := string(form.append(nil, body))
		got, ok := strings.CutPrefix(line, `,"json":`)
		if !ok || strings.ContainsAny(line, "\r\n") || len(line) > form.size(body)+len(`,"json":`) {
			t.Fatalf("%q stands as %q", body, line)
		}
		if squeezed := squeeze(got); squeezed != squeeze(tokens.String()) || !strings.ContainsAny(strings.TrimSpace(string(body)), "\r\n") && got != strings.TrimSpace(string(body)) {
			t.Fatalf("%q stands as %q", body, got)
		}
	})
}

// squeeze takes white space away between the tokens of JSON, which may be torn.
func squeeze(text string) string {
	inString, escaped := false, false
	return strings.Map(func(r rune) rune {
		switch {
		case escaped:
			escaped = false
		case r == '"':
			inString = !inString
		case inString:
			escaped = r == '\\'
		case strings.ContainsRune(" \t\r\n", r):
			return -1
		}
		return r
	}, text)
}

func TestHeadersInResult(t *testing.T) {
	t.Parallel()
	e := &entry{req: Request{Request: record.Request{Line: 1}}, done: Done{Outcome: OK}}
	a := &Answer{Status: 204, At: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.FixedZone("", 3600)), Header: http.Header{"Set-Cookie": {"a", "b"}, "Date": {"now\xe4"}}}
	got := string(appendResult(nil, e, a, asNothing, true))
	want := `{"line":1,"status":204,"ok":true,"attempts":0,"waited_ms":0,"elapsed_ms":0,` +
		`"at":"2026-01-02T02:04:05.006Z","response_sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",` +
		`"headers":{"Date":["now` + "\ufffd" + `"],"Set-Cookie":["a","b"]}}` + "\n"
	if got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestQuoteAndUnquote(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "s"))
		quoted := rawjson.AppendQuoted(nil, s)
		var std string
		if err := json.Unmarshal(quoted, &std); err != nil || std != strings.ToValidUTF8(s, "\ufffd") && utf8.ValidString(s) {
			t.Fatalf("rawjson.AppendQuoted(%q) = %s: %q, %v", s, quoted, std, err)
		}
		if utf8.ValidString(s) && len(quoted) != rawjson.QuotedSize([]byte(s)) {
			t.Fatalf("rawjson.QuotedSize(%q) = %d, want %d", s, rawjson.QuotedSize([]byte(s)), len(quoted))
		}
		html, err := json.Marshal(s) // escapes what appendQuoted leaves
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range [][]byte{quoted, html} {
			if got, err := rawjson.Unquote(q); err != nil || string(got) != std {
				t.Fatalf("unquote = %q, %v, want %q", got, err, std)
			}
		}
	})
}
