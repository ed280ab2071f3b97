package jq_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/jq"
)

func run(t *testing.T, expr, in string) ([]string, error) {
	t.Helper()
	f, err := jq.Compile(expr)
	if err != nil {
		t.Fatalf("Compile(%q): %v", expr, err)
	}
	var got []string
	err = f.Run(t.Context(), strings.NewReader(in), func(v []byte) error {
		got = append(got, string(v))
		return nil
	})
	return got, err
}

func TestRun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		expr, in string
		want     []string
	}{
		{".", `{"b": 1, "a": "<ü>"}`, []string{`{"a":"<ü>","b":1}`}},
		{".items[].id", `{"items": [{"id": 1}, {"id": "x"}, {}]}`, []string{"1", `"x"`, "null"}},
		{".", "1\n2 [3]", []string{"1", "2", "[3]"}},
		{".", "", nil},
		{"empty", "1", nil},
		{".", "123456789012345678901234567890", []string{"123456789012345678901234567890"}},
		{".id + 1", `{"id": 9007199254740993}`, []string{"9007199254740994"}},
		{".", "1.000000000000000000001", []string{"1.000000000000000000001"}},
		{"1, halt, 2", "0 0", []string{"1"}},
		{`map(select(. > 1))`, "[1,2,3]", []string{"[2,3]"}},
		{`.a?`, "[]", nil},
	} {
		got, err := run(t, tt.expr, tt.in)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s over %s (-want +got): %v\n%s", tt.expr, tt.in, err, diff)
		}
	}
}

func TestCompileSaysWhere(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		".a[1]]":              "column 6: unexpected token \"]\"\n.a[1]]\n     ^",
		".a[":                 "column 4: unexpected EOF\n.a[\n   ^",
		"":                    "missing query (try \".\")",
		"input":               "column 1: input(s)/0 is not allowed\ninput\n^",
		"nosuch":              "column 1: function not defined: nosuch/0\nnosuch\n^",
		".nosuch | nosuch(1)": "column 11: function not defined: nosuch/1\n.nosuch | nosuch(1)\n          ^",
		"$x":                  "column 1: variable not defined: $x\n$x\n^",
		"$ENV.HOME":           "column 1: there is no $ENV, because of the credentials in it; let the shell put the value in\n$ENV.HOME\n^",
		". as $e | env":       "column 11: there is no $ENV, because of the credentials in it; let the shell put the value in\n. as $e | env\n          ^",
		".a |\n .b | }":       "line 2, column 7: unexpected token \"}\"\n .b | }\n      ^",
		`"ü" | ]`:             "column 7: unexpected token \"]\"\n\"ü\" | ]\n      ^",
		`"\q"`:                "column 2: invalid escape sequence \"\\q\" in string literal\n\"\\q\"\n ^",
		"'a'":                 "column 1: unexpected token \"'\"\n'a'\n^",
	} {
		_, err := jq.Compile(expr)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("Compile(%q):\n%s\nwant:\n%s", expr, got, want)
		}
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ expr, in, want string }{
		{".", "<html>", "no JSON: byte 1: invalid character '<' looking for beginning of value"},
		{".", `{"a": 1`, "no JSON: it ends too early"},
		{".a", "[1]", "expected an object but got: array ([1])"},
		{"error", `"why"`, "error: why"},
		{`halt_error`, `"bad"`, "halt error: bad"},
	} {
		if got, err := run(t, tt.expr, tt.in); err == nil || err.Error() != tt.want || got != nil {
			t.Errorf("%s over %s = %q, %v, want %s", tt.expr, tt.in, got, err, tt.want)
		}
	}
}

// A connection that breaks is told from JSON that ends too early, although both are unexpected ends.
func TestRunTellsReadingFromParsing(t *testing.T) {
	t.Parallel()
	f, err := jq.Compile(".")
	if err != nil {
		t.Fatal(err)
	}
	r := io.MultiReader(strings.NewReader(`{"a":`), iotest.ErrReader(io.ErrUnexpectedEOF))
	err = f.Run(t.Context(), r, func([]byte) error { return nil })
	if _, parsing := errors.AsType[*jq.InputError](err); parsing || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Run = %v, want the reader's error", err)
	}
}

func TestRunStops(t *testing.T) {
	t.Parallel()
	f, err := jq.Compile("repeat(1)")
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	if err := f.Run(t.Context(), strings.NewReader("1"), func([]byte) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("Run = %v, want yield's error", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = f.Run(ctx, strings.NewReader("1"), func([]byte) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want it canceled", err)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	if s, ok := jq.Text([]byte(`"a\nb"`)); !ok || s != "a\nb" {
		t.Errorf("Text = %q, %v", s, ok)
	}
	if s, ok := jq.Text([]byte(`["a"]`)); ok {
		t.Errorf("Text = %q, want none", s)
	}
}
