//go:build unix

package program

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// readWithoutWaiting reads what is there; 0 if nothing is.
func readWithoutWaiting(f *os.File, buf []byte) (n int) {
	_ = f.SetReadDeadline(time.Time{})
	defer func() { _ = f.SetReadDeadline(time.Now()) }()
	raw, err := f.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Read(func(fd uintptr) bool {
		for {
			n, err = syscall.Read(int(fd), buf)
			if !errors.Is(err, syscall.EINTR) {
				return true // also if it would have to wait
			}
		}
	})
	return max(n, 0)
}

// A forwarding passes signals on to a program.
//
// With a terminal the program stays in this process's group, or it could not read from it; what is typed there (Ctrl-C,
// Ctrl-\) reaches both anyway, and is not passed on a second time, which many programs take for "at once". Without a
// terminal the program has a group of its own, and every signal is passed on to all of that.
type forwarding struct {
	signals  chan os.Signal
	terminal bool
}

func newForwarding(cmd *exec.Cmd) *forwarding {
	f := &forwarding{signals: make(chan os.Signal, 8), terminal: hasTerminal()}
	if !f.terminal {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	}
	// SIGPIPE is this process's alone; taken, a write whose reader has gone is an error instead of the end.
	signal.Notify(f.signals, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGPIPE)
	if !signal.Ignored(syscall.SIGHUP) { // else the program ignores it too: it is run by nohup
		signal.Notify(f.signals, syscall.SIGHUP)
	}
	return f
}

// to passes on from now on, and what has come before.
func (f *forwarding) to(p *os.Process) {
	go func() {
		for s := range f.signals {
			switch number, _ := s.(syscall.Signal); {
			case s == syscall.SIGPIPE:
			case !f.terminal:
				_ = syscall.Kill(-p.Pid, number) // if it has ended, there is nobody to be told
			case s == syscall.SIGINT, s == syscall.SIGQUIT:
			default:
				_ = p.Signal(s)
			}
		}
	}()
}

// stop leaves signals alone.
func (f *forwarding) stop() {
	signal.Stop(f.signals)
	close(f.signals)
}

// hasTerminal reports whether this process has a controlling terminal.
func hasTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	_ = f.Close()
	return true
}

// exitCode is how a program ended, as shells have it.
func exitCode(s *os.ProcessState) int {
	if status, ok := s.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return s.ExitCode()
}
