package config

import (
	"net/url"
	"strings"
	"testing"
)

func TestEscapeReference(t *testing.T) {
	t.Parallel()
	for reference, want := range map[string]string{
		"":                              "",
		"/a/b?c=d&e=%20#f":              "/a/b?c=d&e=%20#f",
		"/a b?c=d e":                    "/a%20b?c=d%20e",
		" /a\t":                         "/a",
		"/\u00e9?q=\u00e9":              "/%C3%A9?q=%C3%A9",
		"/a%2Fb c":                      "/a%2Fb%20c",
		"/100%/x?y=100%":                "/100%25/x?y=100%",
		"/%zz":                          "/%25zz",
		"?q=\"<>\\^`{|}":                "?q=%22%3C%3E%5C%5E%60%7B%7C%7D",
		"https://h:8080/a b?c":          "https://h:8080/a%20b?c",
		"https://h?q=a b":               "https://h?q=a%20b",
		"//h/a b":                       "//h/a%20b",
		"//h":                           "//h",
		"../x y":                        "../x%20y",
		"/x#a b":                        "/x#a b",
		"/x\ny":                         "/x\ny", // nothing parses it
		"/a?next=https://h/?x=y z":      "/a?next=https://h/?x=y%20z",
		"/already%20escaped?and=%C3%A9": "/already%20escaped?and=%C3%A9",
	} {
		if got := EscapeReference(reference); got != want {
			t.Errorf("EscapeReference(%q) = %q, want %q", reference, got, want)
		}
	}
}

// What was escaped parses if anything does, needs no more escapes, and can be sent.
func FuzzEscapeReference(f *testing.F) {
	f.Add("https://h/a b?c=\u00e9#d")
	f.Add("//h%2F/%")
	f.Fuzz(func(t *testing.T, reference string) {
		got := EscapeReference(reference)
		if again := EscapeReference(got); again != got {
			t.Errorf("EscapeReference(%q) = %q, then %q", reference, got, again)
		}
		if u, err := url.Parse(got); err == nil && strings.ContainsAny(u.RequestURI(), " \t\r\n\"<>") && u.Opaque == "" {
			t.Errorf("EscapeReference(%q) = %q, which is asked for as %q", reference, got, u.RequestURI())
		}
	})
}
