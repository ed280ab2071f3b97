package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/arl-cli/arl/internal/terminal"
)

// Ask asks for something that is not shown.
func (e *Env) Ask(ctx context.Context, tty *os.File, what string) (string, error) {
	fmt.Fprintf(e.Err, "%s (not shown): ", terminal.Plain(what))
	b, err := readUnseen(ctx, int(tty.Fd()))
	fmt.Fprintln(e.Err)
	if err != nil {
		return "", &Error{Message: "interrupted", Code: ExitInterrupted, Err: err}
	}
	return strings.TrimSpace(string(b)), nil
}

// readUnseen reads a line from a terminal without echo, and leaves that as it was, also when ctx ends.
func readUnseen(ctx context.Context, terminal int) ([]byte, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return nil, err
	}
	var line []byte
	done := make(chan error, 1)
	go func() {
		var err error
		line, err = term.ReadPassword(terminal)
		done <- err
	}()
	select {
	case err := <-done:
		return line, err
	case <-ctx.Done():
		_ = term.Restore(terminal, before)
		return nil, ctx.Err()
	}
}
