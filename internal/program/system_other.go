//go:build !unix

package program

import (
	"os"
	"os/exec"
	"os/signal"
)

// readWithoutWaiting is for systems where a read can be given up.
func readWithoutWaiting(*os.File, []byte) int { return 0 }

// A forwarding leaves the end to the program: the console tells both of Ctrl-C.
type forwarding struct{ signals chan os.Signal }

func newForwarding(*exec.Cmd) *forwarding {
	f := &forwarding{signals: make(chan os.Signal, 1)}
	signal.Notify(f.signals, os.Interrupt)
	return f
}

func (f *forwarding) to(*os.Process) {}

func (f *forwarding) stop() { signal.Stop(f.signals) }

// exitCode is how a program ended.
func exitCode(s *os.ProcessState) int { return s.ExitCode() }
