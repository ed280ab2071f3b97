package arltest

import (
	"os"
	"strings"

	"github.com/zalando/go-keyring"
)

// withKeyring runs arl with a keyring in a file of its own, $TEST_KEYRING with lines of "api credential", so that
// no script meets that of who runs it. Without such a file there is no keyring.
func withKeyring(run func() int) int {
	file := os.Getenv("TEST_KEYRING")
	if file == "" {
		_ = os.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
		_ = os.Setenv("XDG_RUNTIME_DIR", "/nowhere")
		return run()
	}
	_ = os.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere") // never dialled
	keyring.MockInit()
	text, _ := os.ReadFile(file)
	names := os.Args[1:] // of what may be kept now
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		_ = keyring.Set("arl", name, value)
		names = append(names, name)
	}
	code := run()
	var out strings.Builder
	for i, name := range names {
		if value, err := keyring.Get("arl", name); err == nil && (i == 0 || !strings.Contains(out.String(), name+" ")) {
			out.WriteString(name + " " + value + "\n")
		}
	}
	_ = os.WriteFile(file, []byte(out.String()), 0o600)
	return code
}
