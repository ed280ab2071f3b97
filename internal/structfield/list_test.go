package structfield

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestList(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   []string
		want []Item
	}{
		{[]string{""}, nil},
		{[]string{`"default";r=50;t=30`}, []Item{{"default", Params{{"r", int64(50)}, {"t", int64(30)}}}}},
		{[]string{`100;w=60`, ` "b"; q=1.5;pk=:AQI=:;qu=tokens`}, []Item{
			{int64(100), Params{{"w", int64(60)}}},
			{"b", Params{{"q", 1.5}, {"pk", []byte{1, 2}}, {"qu", Token("tokens")}}},
		}},
		{[]string{"a,\tb ,c;x;y=?0"}, []Item{{Token("a"), nil}, {Token("b"), nil}, {Token("c"), Params{{"x", true}, {"y", false}}}}},
		{[]string{`("a" b);q=1`}, []Item{{nil, Params{{"q", int64(1)}}}}},
		{[]string{`()`, `-0`, `-999999999999999`}, []Item{{}, {int64(0), nil}, {int64(-999999999999999), nil}}},
		{[]string{`"a\"\\"`}, []Item{{`a"\`, nil}}},
		{[]string{`@7, %"f%c3%bc"`}, []Item{{time.Unix(7, 0), nil}, {"fü", nil}}},
	} {
		if got, ok := List(tt.in); !ok || cmp.Diff(tt.want, got) != "" {
			t.Errorf("List(%q) = %v, want %s", tt.in, ok, cmp.Diff(tt.want, got))
		}
	}
}

func TestMalformedList(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		",", "a,", "a,,b", "a b", "\ta", `"a`, `"\a"`, "\"\x7f\"", "\"ü\"", "-", "1.", ".1", "1.2345", "1234567890123.1", "1234567890123456",
		"a;", "a;A", "a;x=", "?2", "?", ":AQI=", ":AQI:", ":A:", "(a", "(a b", `("a""b")`, "@1.5", "@", `%"%C3"`, `%"%c3"`, `%"a`, "%a", "ü", "a=1",
	} {
		if got, ok := List([]string{in}); ok {
			t.Errorf("List(%q) = %v, want none", in, got)
		}
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	list, _ := List([]string{"a;r=1;r=2"})
	if got := list[0].Params.Get("r"); got != int64(2) {
		t.Errorf("r = %v, want the last, 2", got)
	}
	if got := list[0].Params.Get("t"); got != nil {
		t.Errorf("t = %v, want none", got)
	}
}

// FuzzList holds that a list which comes twice, on two lines, has its items twice.
func FuzzList(f *testing.F) {
	f.Add(`"default";r=50;t=30, (a b);pk=:AQI=:, %"f%c3%bc", @7`)
	f.Fuzz(func(t *testing.T, in string) {
		once, ok := List([]string{in})
		if !ok || len(once) == 0 {
			return
		}
		twice, ok := List([]string{in, in})
		if diff := cmp.Diff(slices.Concat(once, once), twice); !ok || diff != "" {
			t.Fatalf("%q twice: %v %s", in, ok, diff)
		}
	})
}
