package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"

	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/terminal"
)

// runOnEnd runs the command of --on-end, with the summary as JSON on its standard input. What it writes goes to standard
// error, and its failure changes nothing of how the batch ends.
func (o *options) runOnEnd(s *session.Session, sum batch.Summary, runErr error) {
	if o.OnEnd == "" {
		return
	}
	var text bytes.Buffer
	err := sum.WriteJSON(terminal.NewStream(&text, false, o.env.Secrets.Redact), identity.Shard(o.Shard), o.env.Build.Version, runErr)
	// Not the run's context: it has ended if the run was interrupted, and that is when the command matters most.
	c := shell(context.Background(), o.OnEnd)
	c.Stdin, c.Stdout, c.Stderr = &text, o.env.Err, o.env.Err
	if err = errors.Join(err, c.Run()); err != nil {
		s.Messages.Warn(fmt.Sprintf("--on-end: %v", err))
	}
}

// shell is a command line, as the system's shell reads it.
func shell(ctx context.Context, line string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/C", line)
	}
	return exec.CommandContext(ctx, "sh", "-c", line)
}
