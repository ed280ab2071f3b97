package batch

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
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
		{"\xff\xfe", nil, `,"body_base64":"//4="`},
		{"{\"a\":\"\xff\"}", isJSON, `,"body_base64":"eyJhIjoi/yJ9"`},
	} {
		f := formOf([]byte(test.body), test.header)
		if got := string(f.append(nil, []byte(test.body))); got != test.want {
			t.Errorf("%q: %s, want %s", test.body, got, test.want)
		}
	}
}

func TestHeadersInResult(t *testing.T) {
	t.Parallel()
	e := &entry{req: Request{Line: 1}, done: Done{Outcome: OK}}
	a := &Answer{Status: 204, Header: http.Header{"Set-Cookie": {"a", "b"}, "Date": {"now\xe4"}}}
	got := string(appendResult(nil, e, a, asNothing, true))
	want := `{"line":1,"status":204,"ok":true,"attempts":0,"waited_ms":0,"elapsed_ms":0,` +
		`"headers":{"Date":["now` + "\ufffd" + `"],"Set-Cookie":["a","b"]}}` + "\n"
	if got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestQuoteAndUnquote(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "s"))
		quoted := appendQuoted(nil, s)
		var std string
		if err := json.Unmarshal(quoted, &std); err != nil || std != strings.ToValidUTF8(s, "\ufffd") && utf8.ValidString(s) {
			t.Fatalf("appendQuoted(%q) = %s: %q, %v", s, quoted, std, err)
		}
		if utf8.ValidString(s) && len(quoted) != quotedSize([]byte(s)) {
			t.Fatalf("quotedSize(%q) = %d, want %d", s, quotedSize([]byte(s)), len(quoted))
		}
		html, err := json.Marshal(s) // escapes what appendQuoted leaves
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range [][]byte{quoted, html} {
			if got, err := unquote(q); err != nil || string(got) != std {
				t.Fatalf("unquote = %q, %v, want %q", got, err, std)
			}
		}
	})
}
