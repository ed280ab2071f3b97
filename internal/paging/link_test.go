package paging

import (
	"strings"
	"testing"
)

func TestNextLink(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		headers     []string
		want        string
		found, some bool
	}{
		{nil, "", false, false},
		{[]string{""}, "", false, false},
		{[]string{"nonsense"}, "", false, false},
		{[]string{"<https://a/2>; rel=\"next\""}, "https://a/2", true, true},
		{[]string{"<https://a/1>; rel=\"prev\", <https://a/3>; rel=\"next\""}, "https://a/3", true, true},
		{[]string{"<https://a/1>; rel=prev", "<https://a/3>;rel=next"}, "https://a/3", true, true},
		{[]string{"</a?x=1,2>; title=\"a, <b>; rel=next\"; rel=\"last\""}, "", false, true},
		{[]string{`<?p=2>; title="a \" b"; REL = "up Next"`}, "?p=2", true, true},
		{[]string{"<a>; rel=first; rel=next"}, "", false, true}, // the first rel counts
		{[]string{"<a>; rel=next, <b>; rel=next"}, "a", true, true},
		{[]string{"<>; rel=next"}, "", true, true},
		{[]string{"<a"}, "", false, false},
		{[]string{"<a>"}, "", false, true},
		{[]string{"<a>; rel"}, "", false, true},
		{[]string{`<a>; rel="next`}, "a", true, true},
		{[]string{",, <a>;;rel=next;"}, "a", true, true},
		{[]string{"<a>; rel=*next*"}, "", false, true},
	} {
		got, found, some := nextLink(test.headers)
		if got != test.want || found != test.found || some != test.some {
			t.Errorf("%q: %q, %v, %v", test.headers, got, found, some)
		}
	}
}

func FuzzNextLink(f *testing.F) {
	f.Add(`<https://a/1>; rel="prev", <https://a/3>; rel="next"; x="\"`)
	f.Fuzz(func(t *testing.T, header string) {
		target, found, some := nextLink([]string{header})
		if found && !some || target != "" && !found || !strings.Contains(header, target) {
			t.Errorf("%q: %q, %v, %v", header, target, found, some)
		}
	})
}
