package uritemplate

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseRejects(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{/id*":         `{ without } in "{/id*"`,
		"/id*}":         `} without { in "/id*}"`,
		"{/?id}":        `{/?id}: no name begins with '?'`,
		"{var:prefix}":  `{var:prefix}: a colon must be followed by a number from 1 to 9999`,
		"{var:10000}":   `{var:10000}: a colon must be followed by a number from 1 to 9999`,
		"{hello:2*}":    `{hello:2*}: no name contains ':'`,
		"{!hello}":      `{!hello}: no name begins with '!'`,
		"{ id}":         `{ id}: white space around a name`,
		"{$var}":        `{$var}: no name begins with '$'`,
		"{*keys?}":      `{*keys?}: no name contains '*'`,
		"{a,,b}":        `{a,,b}: a name is missing`,
		"{?}":           `{?}: a name is missing`,
		"{a=b}":         `{a=b}: no name contains '='`,
		`{"a": "{id}"}`: `{"a": "{id}: a colon must be followed by a number from 1 to 9999`,
		"{\xff}":        "{\xff}: a name is not valid UTF-8",
	} {
		_, err := Parse(text)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("Parse(%q) = %s, want %s", text, got, want)
		}
	}
}

// Names that columns have, values without a name, and characters that a URL cannot hold.
func TestBeyondTheRFC(t *testing.T) {
	t.Parallel()
	values := lookup(map[string]Value{
		"e-mail": Text("a@b"), "First Name": Text("Zoë"), "größe": Text("1/2"), "1": Text("one"), "": Text("a b/c"),
		"a.b": Text("deep"),
	})
	for template, want := range map[string]string{
		"/users/{e-mail}":     "/users/a%40b",
		"/users/{First Name}": "/users/Zo%C3%AB",
		"/{größe}{?größe}":    "/1%2F2?gr%C3%B6%C3%9Fe=1%2F2",
		"/{1}/{a.b}":          "/one/deep",
		"/{}":                 "/a%20b%2Fc",
		"{+}":                 "a%20b/c",
		"/a b/ü%20":           "/a%20b/%C3%BC%20",
	} {
		tmpl, err := Parse(template)
		if err != nil {
			t.Errorf("Parse(%q): %v", template, err)
			continue
		}
		if got, err := tmpl.Append(nil, values); string(got) != want || err != nil {
			t.Errorf("%s = %s, %v, want %s", template, got, err, want)
		}
	}
}

func TestParseText(t *testing.T) {
	t.Parallel()
	values := rfcValues()
	for text, want := range map[string]string{
		"{hello}":                    "Hello World!",
		"{+half} of {var:3}":         "50% of val",
		"{list} {keys*}":             "red,green,blue semi=;,dot=.,comma=,",
		`{"a":1}`:                    `{"a":1}`,
		"query { user { var } }":     "query { user { var } }",
		"{who{var}":                  "{whovalue",
		"{?var} {#var}":              "{?var} {#var}",
		"}{ {var":                    "}{ {var",
		"${var}":                     "$value",
		"":                           "",
		"{undef}{empty}{empty_keys}": "",
	} {
		if got, err := ParseText(text).Append(nil, lookup(values)); string(got) != want || err != nil {
			t.Errorf("%s = %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	tmpl, err := Parse("/{id}{/a,b*}{?id,c:3}")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"id", "a", "b", "c"}, tmpl.Names()); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]bool{"{a}": true, "{+a}": true, "{}": true, "x{a}": false, "{a,b}": false, "{a:3}": false, "{a*}": false, "a": false, "": false} {
		if _, got := ParseText(text).Single(); got != want {
			t.Errorf("Single of %q = %v", text, got)
		}
	}
}

func TestPrefixNeedsText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{keys:1}", "{+list:2}", "{?keys:1}"} {
		tmpl, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tmpl.Append(nil, lookup(rfcValues())); err == nil {
			t.Errorf("%s = %s, want an error", text, got)
		}
	}
}

// What a template of a URL expands to can be parsed as one, and holds each value, whatever that is.
func FuzzParse(f *testing.F) {
	f.Add("/users/{id}{?q,page*}", "a b/ü")
	f.Add("{+path:3}{#x}", "50%25%")
	f.Add("{}{e-mail}%2f%", "\x00\xff")
	f.Fuzz(func(t *testing.T, template, value string) {
		tmpl, err := Parse(template)
		if err != nil {
			return
		}
		got, err := tmpl.Append(nil, func(Ref) (Value, error) { return Text(value), nil })
		if err != nil {
			t.Fatalf("%q: %v", template, err)
		}
		for i, c := range got {
			if !isUnreserved(c) && !isReserved(c) && (c != '%' || !isEscape(string(got[i:]))) {
				t.Fatalf("%q with %q = %q, with %q", template, value, got, c)
			}
		}
		if tmpl, _ := Parse("{x}"); tmpl != nil {
			encoded, _ := tmpl.Append(nil, func(Ref) (Value, error) { return Text(value), nil })
			if back, err := url.PathUnescape(string(encoded)); back != value || err != nil {
				t.Fatalf("%q = %q, which is %q, %v", value, encoded, back, err)
			}
		}
	})
}

// Text that is no URL is kept byte for byte around values, and values are too.
func FuzzParseText(f *testing.F) {
	f.Add(`{"a": "{id}"} {x`, "v")
	f.Add("query { a { b } } {id:2}{a,b}", "é")
	f.Fuzz(func(t *testing.T, text, value string) {
		tmpl := ParseText(text)
		if len(tmpl.Names()) == 0 {
			if got, _ := tmpl.Append(nil, nil); string(got) != text {
				t.Fatalf("%q without expressions = %q", text, got)
			}
			return
		}
		got, err := tmpl.Append(nil, func(Ref) (Value, error) { return Text(value), nil })
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if utf8.ValidString(text) && utf8.ValidString(value) && !utf8.Valid(got) {
			t.Fatalf("%q with %q = %q", text, value, got)
		}
		if _, whole := tmpl.Single(); whole && string(got) != value {
			t.Fatalf("%q with %q = %q", text, value, got)
		}
		if !strings.Contains(text, "{") {
			t.Fatalf("%q has names", text)
		}
	})
}
