package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A line break in a credential is refused, and not shown.
func TestCredentialFlagsAreChecked(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--oauth2-bearer", "hunter2\nx"}, {"-u", "me:hunter2\r"}, {"-u", "hunter2\x7f"}} {
		_, err := parse(t, "get", append([]string{"api", "/x"}, args...)...)
		if err == nil || !strings.Contains(err.Error(), args[0]+": a line break") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v, want that it is refused", args, err)
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
		if got := o.onCommandLine(); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}

func TestFirstTime(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "live")
	if !firstTime(dir, "x") || firstTime(dir, "x") || !firstTime(dir, "y") {
		t.Error("not the first time once")
	}
	file := filepath.Join(dir, "x")
	if !firstTime(file, "x") || !firstTime("", "x") {
		t.Error("where nothing can be kept it is always the first time")
	}
	if info, err := os.Stat(file); err != nil || info.Size() != 0 {
		t.Error(info, err)
	}
}

// Help for the command and its parts is there, and an api is completed.
func TestAuthHelp(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	root := newRoot(&env{In: strings.NewReader(""), Out: &out, Err: &out, Getenv: func(string) string { return "" }})
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
