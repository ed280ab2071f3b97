package exec

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/program"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// check rejects what cannot be meant, and compiles the patterns.
func (o *options) check() error {
	if o.Retry < 0 {
		return cli.Usagef("with 0, CMD is not run again", "--retry must not be negative")
	}
	o.rules = program.Rules{Exit: o.Exit}
	for _, text := range o.Output {
		re, err := regexp.Compile(text)
		if err != nil {
			return cli.Usagef("the syntax of regular expressions is Go's, see https://golang.org/s/re2syntax", "--throttle-output: %v", err)
		}
		o.rules.Output = append(o.rules.Output, re)
	}
	return o.Check()
}

// run runs the command, and again as often as it was throttled and may be.
func run(ctx context.Context, o *options) error {
	path, err := program.Find(o.Command[0])
	if err != nil {
		return o.unstartable(err)
	}
	ctx, stop := cli.Interruptible(ctx)
	defer stop()
	s, err := session.Open(o.env, o.global, &o.SendOptions)
	if err != nil {
		return err
	}
	defer s.Close(false)
	s.ExplainEach()
	slots, err := s.Slots(ctx, o.API, &o.SlotOptions)
	if err != nil {
		return cli.InterruptedOr(err)
	}
	r := runner{options: o, session: s, slots: slots, command: o.program(path)}
	return r.run(ctx)
}

// program is what is run.
func (o *options) program(path string) *program.Command {
	in, out, err := o.env.Files()
	return &program.Command{
		Path: path, Args: o.Command, In: in, Out: out, Err: err, Rules: o.rules,
		Direct: o.env.ErrTTY && len(o.Output) == 0,
	}
}

// A runner runs one command until it is not throttled any more.
type runner struct {
	*options
	session *session.Session
	slots   *session.Slots
	command *program.Command
	waited  time.Duration
}

func (r *runner) run(ctx context.Context) error {
	start, rewindable := offset(r.command.In)
	for try := 0; ; try++ {
		result, pause, err := r.once(ctx)
		if err != nil {
			return err
		}
		if !result.Throttled || !result.Failed() || try == r.Retry || ctx.Err() != nil {
			return r.end(result, pause)
		}
		r.say("%s: %s was throttled (%s); it is run again, retry %d of %d", r.slots.Key(), r.name(), result.Why, try+1, r.Retry)
		if rewindable {
			if _, err := r.command.In.Seek(start, io.SeekStart); err != nil {
				return &cli.Error{Message: "rewind standard input: " + err.Error(), Code: result.Code, Err: err}
			}
		}
	}
}

// once waits for a slot, runs the command, and says how it went.
func (r *runner) once(ctx context.Context) (result program.Result, pause time.Duration, err error) {
	slot, err := r.slots.Acquire(ctx, r.waitLeft())
	if err != nil {
		return result, 0, r.slots.Describe(err, r.name()+" was not run")
	}
	r.waited += slot.Waited()
	if ctx.Err() != nil {
		slot.Cancel()
		return result, 0, r.slots.Describe(context.Cause(ctx), "")
	}
	result, err = r.command.Run()
	if err != nil {
		slot.Cancel()
		return result, 0, r.unstartable(err)
	}
	kind, why := outcome(result)
	return result, slot.Done(kind, result.Wait, why), nil
}

// outcome is what a run means for the limit.
func outcome(r program.Result) (kind pacing.Kind, why string) {
	switch {
	case r.Throttled:
		return limiter.Throttled, r.Why
	case r.Failed():
		return limiter.Failed, "the command failed"
	}
	return limiter.Accepted, ""
}

// end is the command's own end.
func (r *runner) end(result program.Result, pause time.Duration) error {
	if result.Throttled {
		r.say("%s: %s was throttled (%s); the next request waits %s", r.slots.Key(), r.name(), result.Why, terminal.Span(pause))
	}
	if !result.Failed() {
		return nil
	}
	return &cli.Error{Silent: true, Code: result.Code}
}

func (r *runner) say(format string, args ...any) {
	if !r.Silent {
		r.session.Messages.Say(format, args...)
	}
}

// name is what the command is called in messages; never its arguments, in which there may be secrets.
func (r *runner) name() string { return filepath.Base(r.Command[0]) }

// waitLeft is what is left of --max-wait; 0 means that there is no bound.
func (r *runner) waitLeft() time.Duration {
	if r.MaxWait == 0 {
		return 0
	}
	return max(r.MaxWait-r.waited, time.Nanosecond)
}

// unstartable says that there is no such program, or that it cannot be executed.
func (o *options) unstartable(err error) error {
	hint := ""
	if errors.Is(err, os.ErrPermission) {
		hint = "check the permissions of the file"
	}
	return &cli.Error{Message: err.Error(), Hint: hint, Code: program.Unstartable(err), Err: err}
}

// offset is where a file is read next; false for what cannot be read again.
func offset(f *os.File) (at int64, ok bool) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	at, err = f.Seek(0, io.SeekCurrent)
	return at, err == nil
}
