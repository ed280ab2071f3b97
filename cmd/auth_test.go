package cmd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

// Help for the command and its parts is there, and an api is completed.
func TestAuthHelp(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	root := newRoot(&cli.Env{In: strings.NewReader(""), Out: &out, Err: &out, Getenv: func(string) string { return "" }})
	root.SetArgs([]string{"auth"})
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"set ", "status ", "remove ", "the system keyring", "netrc"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the help does not have %q:\n%s", want, out.String())
		}
	}
}
