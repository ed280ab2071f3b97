package credential

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/redact"
)

const (
	// commandTimeout is how long a program that prints a credential may run: it may ask the user something.
	commandTimeout = time.Minute
	// maxOutput is how much of its output is read.
	maxOutput = 64 << 10
)

// A CommandError says that a program did not print a credential.
type CommandError struct {
	API     string
	Program string // without its arguments
	Problem string // what went wrong, and what the program wrote to stderr
	Err     error
}

// Error implements error.
func (e *CommandError) Error() string {
	return fmt.Sprintf("credential for %s: %s: %s", e.API, e.Program, e.Problem)
}

// Unwrap returns the cause.
func (e *CommandError) Unwrap() error { return e.Err }

// RunCommand runs a program, without a shell, and returns what it prints. When ctx ends, the program and its children
// are terminated.
func RunCommand(ctx context.Context, api string, argv []string) (string, error) {
	return RunCommandWith(ctx, api, argv, nil)
}

// RunCommandWith is RunCommand with something on the program's standard input.
func RunCommandWith(ctx context.Context, api string, argv []string, in io.Reader) (string, error) {
	value, err := run(ctx, api, argv, in)
	if ctx.Err() != nil {
		return "", fmt.Errorf("credential for %s: %s: %w", api, argv[0], context.Cause(ctx))
	}
	return value, err
}

func run(ctx context.Context, api string, argv []string, in io.Reader) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	out, stderr := &bounded{most: maxOutput}, &bounded{most: 4 << 10}
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Stdin, c.Stdout, c.Stderr = in, out, stderr
	c.WaitDelay = time.Second
	kill := killGroup(c)
	err := c.Run()
	if ctx.Err() != nil {
		kill()
	}
	value := strings.TrimSpace(out.String())
	problem := ""
	switch {
	case ctx.Err() != nil:
		problem = "it took longer than " + commandTimeout.String()
	case err != nil:
		problem = err.Error()
		if e, ok := errors.AsType[*exec.Error](err); ok {
			problem = e.Err.Error()
		}
	case out.over:
		problem = "it printed more than a credential"
	case value == "":
		problem = "it printed nothing"
	default:
		return value, nil
	}
	if text := strings.TrimSpace(redact.Text(stderr.String(), value)); text != "" {
		problem += ": " + text
	}
	return "", &CommandError{API: api, Program: argv[0], Problem: problem, Err: err}
}

// bounded keeps the beginning of what is written. It does not embed bytes.Buffer, whose ReadFrom would read without
// bound.
type bounded struct {
	text bytes.Buffer
	most int
	over bool
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	room := b.most - b.text.Len()
	b.over = b.over || len(p) > room
	b.text.Write(p[:min(room, len(p))])
	return len(p), nil
}

// String returns what was kept.
func (b *bounded) String() string { return b.text.String() }
