//go:build !windows

package browser

import (
	"os/exec"
	"syscall"
)

// detach keeps Ctrl-C of this terminal away from a browser.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
