package credential_test

import (
	"os"
	"testing"

	"github.com/zalando/go-keyring"
)

// TestMain keeps the tests away from the keyring of who runs them.
func TestMain(m *testing.M) {
	keyring.MockInit()
	_ = os.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	os.Exit(m.Run())
}
