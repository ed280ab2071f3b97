//go:build unix

package credential

import (
	"os"
	"os/exec"
	"syscall"
)

// endTogether makes the end of c's context end what c has started itself, too, asking first; kill, to be called when
// c has ended, insists. On a terminal c stays in arl's own process group: another one could not ask the user
// anything, and Ctrl-C reaches all of the group anyway.
func endTogether(c *exec.Cmd) (kill func()) {
	to := -1
	if terminal, err := os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NOCTTY, 0); err == nil {
		terminal.Close() //nolint:errcheck // it was only looked for
		to = 1
	} else {
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	}
	c.Cancel = func() error { return syscall.Kill(to*c.Process.Pid, syscall.SIGTERM) }
	return func() {
		if to < 0 && c.Process != nil {
			_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) // perhaps there is nobody left
		}
	}
}
