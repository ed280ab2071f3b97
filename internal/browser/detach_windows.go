package browser

import (
	"os/exec"
	"syscall"
)

// detach keeps Ctrl-C of this console away from a browser.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
