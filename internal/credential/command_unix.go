//go:build unix

package credential

import (
	"os"
	"os/exec"
	"syscall"
)

// killGroup makes the end of c's context terminate the children of c too, by SIGTERM; kill, to be called once c has
// exited, sends SIGKILL to those that are left. On a terminal c stays in arl's own process group: in another one it
// could not ask the user anything, and Ctrl-C reaches the whole group anyway.
func killGroup(c *exec.Cmd) (kill func()) {
	to := -1
	if terminal, err := os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NOCTTY, 0); err == nil {
		terminal.Close() //nolint:errcheck // only its existence matters
		to = 1
	} else {
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	}
	c.Cancel = func() error { return syscall.Kill(to*c.Process.Pid, syscall.SIGTERM) }
	return func() {
		if to < 0 && c.Process != nil {
			_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // perhaps no process is left
		}
	}
}
