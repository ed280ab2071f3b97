package fetch

import "testing"

func TestGlob(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"/x":                        "",
		"/x{a,b}":                   "{a,b}",
		"/x{a}y":                    "{a}",
		"/x{}":                      "{}",
		`/x?q={"a":[{"b":1}]}`:      "",
		"/x[1-9]":                   "[1-9]",
		"/x[001-100]":               "[001-100]",
		"/x[a-z:2]":                 "[a-z:2]",
		"/x?filter[name]=y":         "",
		"/x?ids[]=1&ids[0]=2":       "",
		"/x[1]":                     "",
		"/x{a":                      "",
		"http://[::1]/x":            "",
		"http://[2001:db8::1-2]/x":  "",
		"http://h/[1-2]":            "[1-2]",
		"http://h?x=1&y=http://{a}": "{a}",
	} {
		if got := Glob(typed); got != want {
			t.Errorf("Glob(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 04:04:05 +0100", "Friday, 02-Jan-26 03:04:05 GMT", "2026-01-02T03:04:05Z",
		"2026-01-02T03:04:05", "2026-01-02 03:04:05", "Fri Jan  2 03:04:05 2026", "2 Jan 2026 03:04:05", "@1767323045",
	} {
		if at, ok := parseTime(text); !ok || at.Unix() != 1767323045 {
			t.Errorf("parseTime(%q) = %v, %v", text, at.UTC(), ok)
		}
	}
	for _, text := range []string{"", "yesterday", "@", "2026-13-01", "file.txt"} {
		if at, ok := parseTime(text); ok {
			t.Errorf("parseTime(%q) = %v, want none", text, at)
		}
	}
}
