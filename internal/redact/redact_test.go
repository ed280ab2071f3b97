package redact_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/redact"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	const secret = `p&s "w/d+é`
	for in, want := range map[string]string{
		"a " + secret + " b":                 "a [redacted] b",
		"k=p%26s+%22w%2Fd%2B%C3%A9":          "k=[redacted]",
		"k=p%26s+%22w%2fd%2b%c3%a9":          "k=[redacted]",
		"k=p&s%20%22w%2Fd+%C3%A9":            "k=[redacted]",
		`Get "https://h/p&s \"w/d+é": EOF`:   `Get "https://h/[redacted]": EOF`,
		"Authorization: Basic cCZzICJ3L2Qrw": "Authorization: Basic cCZzICJ3L2Qrw",
		"cCZzICJ3L2Qrw6k=":                   "[redacted]",
		"nothing":                            "nothing",
		"":                                   "",
	} {
		if got := redact.Text(in, "", secret); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
	if got := redact.Text("long longer", "long", "longer"); got != "[redacted] [redacted]" {
		t.Errorf("Redact of overlapping secrets = %q, want both whole", got)
	}
	basic := credential.Basic("me", "hunter2", "-u")
	if diff := cmp.Diff("me [redacted] [redacted]", redact.Text("me hunter2 bWU6aHVudGVyMg==", basic.Secrets()...)); diff != "" {
		t.Errorf("Redact of a basic credential (-want +got):\n%s", diff)
	}
}
