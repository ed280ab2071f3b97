package redact

import "testing"

func TestRedactParameters(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                               "",
		"GET /x?a=b: no":                 "GET /x?a=b: no",
		"GET /x?access_token=abc":        "GET /x?access_token=[redacted]",
		"/x?a=1&Api-Key=abc&b=2#f":       "/x?a=1&Api-Key=[redacted]&b=2#f",
		`Get "http://h/?token=a=b": eof`: `Get "http://h/?token=[redacted]": eof`,
		"/x?token=a&sig=b&token=c d":     "/x?token=[redacted]&sig=[redacted]&token=[redacted] d",
		"/x?page_token=abc&next=token=":  "/x?page_token=abc&next=token=",
		"GET /x?token=ab: eof":           "GET /x?token=[redacted]: eof",
		"/x?token=: eof":                 "/x?token=: eof",
		"/x?token=&a=b":                  "/x?token=&a=b",
		"token=abc":                      "token=abc",
		"/x?token=[redacted]":            "/x?token=[redacted]",
		"?=?&==&token":                   "?=?&==&token",
	} {
		if got := Text(in, "other-secret"); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
}
