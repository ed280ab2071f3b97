package pagination

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
		{[]string{"<a>; rel='next', <b>; rel='last'"}, "a", true, true},
		{[]string{"<a>; rel='prev', <b>; rel='up, next'"}, "b", true, true},
		{[]string{"<a>; rel='prev', <b>; rel='up next'; title='x'"}, "b", true, true},
		{[]string{"<a>; rel=NEXT"}, "a", true, true},
		{[]string{"<a> ; REL = 'Next'"}, "a", true, true},
		{[]string{`<a>; rel="prev next first"`}, "a", true, true},
		{[]string{"<a>; rel='next"}, "a", true, true},
		{[]string{"https://a/2; rel=next, </3>; rel=last"}, "https://a/2", true, true},
		{[]string{"?p=2;rel=\"next\""}, "?p=2", true, true},
		{[]string{"</1>; rel=first, /2; rel=next"}, "/2", true, true},
		{[]string{""}, "", false, false},
	} {
		h := readLinks(test.headers)
		if h.next != test.want || h.found != test.found || h.some != test.some || h.malformed {
			t.Errorf("%q: %+v", test.headers, h)
		}
	}
}

// A header that speaks of a next page and cannot be read is not taken for the end.
func TestMalformedLink(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"<https://a/2; rel=\"next\"": true, "a 2; rel=next": true, "</1>; rel=prev, 2 ; rel=NEXT": true, "nonsense": false, "": false,
	} {
		if h := readLinks([]string{header}); h.malformed != want {
			t.Errorf("%q: %+v, want malformed %v", header, h, want)
		}
	}
}

func FuzzNextLink(f *testing.F) {
	f.Add(`<https://a/1>; rel="prev", <https://a/3>; rel="next"; x="\"`)
	f.Fuzz(func(t *testing.T, header string) {
		h := readLinks([]string{header})
		if h.found && (!h.some || h.malformed) || h.next != "" && !h.found || !strings.Contains(header, h.next) {
			t.Errorf("%q: %+v", header, h)
		}
	})
}
