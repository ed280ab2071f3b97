package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"time"
)

// A Command is a program that is run, perhaps several times, with this process's streams.
type Command struct {
	Path string // found by Find
	Args []string
	In   *os.File
	Out  *os.File
	Err  *os.File
	// Direct gives the program Err itself, so that a terminal stays one. What it writes there is not searched then:
	// only Rules.Exit counts.
	Direct bool
	Rules  Rules
}

// Find looks for a program as a shell does.
func Find(name string) (string, error) {
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrDot) {
		err = nil // it was named by a relative path's first part, as a shell would run it on Windows
	}
	return path, err
}

// Unstartable is the exit code for a program that could not be started, as shells have it: 127 if there is none, 126 if
// it cannot be executed.
func Unstartable(err error) int {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return 127
	}
	return 126
}

// Run runs the program to its end. Meanwhile signals are the program's: see [forward]. The error is that it could not be
// started.
func (c *Command) Run() (Result, error) {
	cmd := exec.Command(c.Path, c.Args[1:]...) //nolint:noctx // it ends by itself, or by the signals that are passed on
	cmd.Args = c.Args
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.In, c.Out, c.Err
	var tap *tap
	if !c.Direct {
		var err error
		if tap, err = newTap(c.Err, &scanner{patterns: c.Rules.patterns(), waits: NewWaits(), now: time.Now}); err != nil {
			return Result{}, err
		}
		cmd.Stderr = tap.in
	}
	pass := newForwarding(cmd)
	defer pass.stop()
	err := cmd.Start()
	if tap != nil {
		tap.started()
	}
	if err != nil {
		return Result{}, fmt.Errorf("start the command: %w", err)
	}
	pass.to(cmd.Process)
	_ = cmd.Wait() // how it ended is in its state
	var seen sighting
	if tap != nil {
		seen = tap.ended()
	}
	return c.Rules.result(exitCode(cmd.ProcessState), seen), nil
}
