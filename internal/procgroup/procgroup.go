// Package procgroup starts programs for tests and benchmarks that end when the process that started them ends, in whatever way.
package procgroup

import (
	"os/exec"
	"runtime"
	"sync"
)

// A Child is a program that was started.
type Child struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error
	kill  sync.Once
}

// Start starts a command. On Linux the kernel kills it when this program is gone, even one that was killed
// itself; elsewhere it is up to [Child.Kill].
func Start(cmd *exec.Cmd) (*Child, error) {
	dieWithParent(cmd)
	c := &Child{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel goes by the thread that started it: so that one waits for its end.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		c.err = cmd.Wait()
		close(c.ended)
	}()
	return c, <-started
}

// Pid is the process's number.
func (c *Child) Pid() int { return c.cmd.Process.Pid }

// Wait waits for its end, and returns what exec.Cmd.Wait does.
func (c *Child) Wait() error {
	<-c.ended
	return c.err
}

// Ended is closed when it has ended.
func (c *Child) Ended() <-chan struct{} { return c.ended }

// Kill ends it without a word, and waits until it is gone. It may be called again.
func (c *Child) Kill() {
	c.kill.Do(func() { _ = c.cmd.Process.Kill() })
	<-c.ended
}
