//go:build unix && !darwin

package credential

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// keyringAvailable returns an error if there is no session bus. Without one the D-Bus library would start its own,
// which has no keyring.
func keyringAvailable() error {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return nil
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	}
	if info, err := os.Stat(filepath.Join(dir, "bus")); err == nil && info.Mode()&os.ModeSocket != 0 {
		return nil
	}
	return errors.New("no D-Bus session bus")
}
