package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A cost is what one process took.
type cost struct {
	wall time.Duration
	cpu  time.Duration // of its children too
	rss  int64         // bytes at its peak
}

// spend runs a command to its end. Its output goes nowhere unless the command says otherwise; what it
// says on standard error is part of the error if it fails.
func (l *lab) spend(cmd *exec.Cmd) (cost, error) {
	said, err := os.CreateTemp(l.dir, "stderr-")
	if err != nil {
		return cost{}, err
	}
	defer os.Remove(said.Name()) //nolint:errcheck // its directory is removed at the end
	defer said.Close()           //nolint:errcheck // it is only read from here on
	if cmd.Stderr == nil {
		cmd.Stderr = said
	}
	start := time.Now()
	err = cmd.Run()
	c := cost{wall: time.Since(start)}
	if err != nil {
		text := make([]byte, 2000)
		n, _ := said.ReadAt(text, 0)
		return c, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args[:min(len(cmd.Args), 8)], " "), err, text[:n])
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.rss = peakRSS(cmd.ProcessState)
	return c, nil
}

// run runs a command in bench's own environment and returns what it printed.
func (l *lab) run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out bytes.Buffer
	cmd.Stdout = &out
	_, err := l.spend(cmd)
	return out.String(), err
}

// command is a command in a home.
func (h home) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = h.env()
	return cmd
}

// A server is a process that serves until it is stopped: one that has printed its address, or nginx.
type server struct {
	cmd  *exec.Cmd
	in   io.Closer // nil for nginx
	out  *bufio.Reader
	base string
}

// serve starts a server.
func serve(cmd *exec.Cmd) (*server, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, in: in, out: bufio.NewReader(out)}
	line, err := s.out.ReadString('\n')
	s.base = strings.TrimSpace(line)
	if err != nil || !strings.HasPrefix(s.base, "http://") {
		return nil, errors.Join(fmt.Errorf("%s did not start: %q", cmd.Path, line), s.kill())
	}
	return s, nil
}

// kill ends a server.
func (s *server) kill() error {
	end := s.cmd.Process.Kill
	if s.in == nil {
		end = s.cmd.Cancel
	}
	err := end()
	_ = s.cmd.Wait() // it was killed
	return err
}

// finish ends a server by ending its input, and returns what it says at the end: how many requests it
// has answered.
func (s *server) finish() (string, error) {
	if s.in == nil {
		return s.finishNginx()
	}
	if err := s.in.Close(); err != nil {
		return "", err
	}
	last, err := io.ReadAll(s.out)
	return strings.TrimSpace(string(last)), errors.Join(err, s.cmd.Wait())
}
