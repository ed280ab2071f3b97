package request

import (
	"strings"
	"testing"
)

// A line break in a credential is rejected, and not shown.
func TestCredentialFlagsAreChecked(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--oauth2-bearer", "hunter2\nx"}, {"-u", "me:hunter2\r"}, {"-u", "hunter2\x7f"}} {
		_, err := parse(t, "get", append([]string{"api", "/x"}, args...)...)
		if err == nil || !strings.Contains(err.Error(), args[0]+" contains a line break") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v, want that it is rejected", args, err)
		}
	}
}

func TestOnCommandLine(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"-u": {"-u", "a:b"}, "--oauth2-bearer": {"--oauth2-bearer", "x"}, "-H Authorization": {"-H", "authorization: x"}, "-H X-Api-Key": {"-H", "x-api-key:x"},
		"": {"-u", "a", "-H", "Authorization:", "-H", "X: y", "-H", "@Authorization: x"},
	} {
		o, err := parse(t, "get", append([]string{"api", "/x"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		if got := o.OnCommandLine(); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}
