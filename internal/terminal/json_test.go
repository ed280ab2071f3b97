package terminal_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/terminal"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{`{"a":1,"b":[true,null,"x"],"c":{}, "d":[ ]}`, "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null,\n    \"x\"\n  ],\n  \"c\": {},\n  \"d\": []\n}\n"},
		{"1\n2", "1\n2\n"},
		{"{}\n{}", "{}\n{}\n"},
		{`[1] "a"`, "[\n  1\n]\n\"a\"\n"},
		{"", ""},
		{" \n", ""},
		{"12345678901234567890.10e+5", "12345678901234567890.10e+5\n"},
		{`"a\u001b[31m\"b"`, "\"a\\u001b[31m\\\"b\"\n"},
		{"\"\u009b31m\x7f\u202e\"", "\"\\u009b31m\\u007f\\u202e\"\n"},
		{"\"\xff\"", "\"\\ufffd\"\n"},
		{"\"ünï ✓ \U0001f600\U000e0001\"", "\"ünï ✓ \U0001f600\\udb40\\udc01\"\n"},
	}
	for _, tt := range tests {
		if got := string(terminal.JSONWriter{}.Append(nil, []byte(tt.in))); got != tt.want {
			t.Errorf("Append(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestJSONColour(t *testing.T) {
	t.Parallel()
	got := string(terminal.JSONWriter{Colour: true}.Append(nil, []byte(`{"a":"x","b":[1,null]}`)))
	for _, want := range []string{"\x1b[1;34m\"a\"\x1b[m", "\x1b[32m\"x\"\x1b[m", "\x1b[33mnull\x1b[m"} {
		if !strings.Contains(got, want) {
			t.Errorf("Append = %q, want %q in it", got, want)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"a\n\tb\n": "a\n\tb\n", "\x1b[2J\nx\r": `\x1b[2J` + "\n" + `x\x0d`, "": ""} {
		if got := terminal.Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

// Whatever valid JSON comes: it means the same afterwards, nothing in it steers a terminal, and
// without its colours it is the plain text.
func TestJSONMeansTheSame(t *testing.T) {
	t.Parallel()
	colours := regexp.MustCompile("\x1b\\[[0-9;]*m")
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "\x1b[2J", "\u009b", "\u202e", "a\nb", `\"{[,:`, "\x7f"}))
	values := rapid.Deferred(func() *rapid.Generator[any] { return values(text, 3) })
	rapid.Check(t, func(t *rapid.T) {
		in, err := json.Marshal(values.Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "spaced") {
			var b bytes.Buffer
			_ = json.Indent(&b, in, " ", "\t")
			in = b.Bytes()
		}
		out := terminal.JSONWriter{}.Append(nil, in)
		var before, after bytes.Buffer
		if json.Compact(&before, canonical(t, in)) != nil || json.Compact(&after, canonical(t, out)) != nil || before.String() != after.String() {
			t.Fatalf("%s became %s", in, out)
		}
		steers := func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }
		if bytes.ContainsFunc(out, steers) || !utf8.Valid(out) {
			t.Fatalf("%q steers a terminal", out)
		}
		if painted := (terminal.JSONWriter{Colour: true}).Append(nil, in); colours.ReplaceAllString(string(painted), "") != string(out) {
			t.Fatalf("painted %q, plain %q", painted, out)
		}
	})
}

func values(text *rapid.Generator[string], depth int) *rapid.Generator[any] {
	kinds := []*rapid.Generator[any]{
		text.AsAny(), rapid.Float64().AsAny(), rapid.Int64().AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil),
	}
	if depth > 0 {
		inner := values(text, depth-1)
		kinds = append(kinds, rapid.SliceOfN(inner, 0, 4).AsAny(), rapid.MapOfN(text, inner, 0, 4).AsAny())
	}
	return rapid.OneOf(kinds...)
}

func canonical(t *rapid.T, in []byte) []byte {
	var v any
	dec := json.NewDecoder(bytes.NewReader(in))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%q: %v", in, err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
