package batch

import (
	"errors"
	"slices"
	"strings"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/failures"
	"github.com/arl-cli/arl/internal/batch/output"
	"github.com/arl-cli/arl/internal/files"
	"github.com/arl-cli/arl/internal/terminal"
)

// An ending collects what the end of a run says: what went wrong, where that is, and what to do next.
type ending struct {
	tally failures.Tally
}

// say writes what went wrong, and what to do next. err is how the run ended, and failed what is said of that.
func (e *ending) say(say func(format string, args ...any), o *options, s batch.Summary, err, failed error) {
	if errors.Is(err, batch.ErrReaderGone) {
		return
	}
	finished := err == nil && s.NotSent == 0
	advised, _ := errors.AsType[*cli.Error](failed)
	if why := e.tally.Failed(); why != "" {
		say("%s failed: %s", terminal.Count(s.Failed), why)
	}
	if why := e.tally.Unknown(); why != "" {
		say("%s unknown: %s", terminal.Count(s.Unknown-s.Kept), why)
	}
	if where := o.whereFailed(s); where != "" {
		say("%s", where)
	}
	for _, next := range o.next(s, finished, advised != nil && advised.Hint != "") {
		say("%s", next)
	}
}

// whereFailed says where failed records are.
func (o *options) whereFailed(s batch.Summary) string {
	var places []string
	if o.keeps() {
		places = append(places, "their results are in "+o.Output)
	}
	if o.FailedOut != "" {
		places = append(places, "the records as they were read in "+o.FailedOut)
	}
	if s.Failed == 0 || len(places) == 0 {
		return ""
	}
	return strings.Join(places, ", ")
}

// keeps reports whether a run can be resumed.
func (o *options) keeps() bool { return !o.toStream() && output.Regular(o.Output) }

// next says how a run goes on that did not end well: with the command for it, if there is one. Of an input that could not
// be read at all there is nothing to resume. advised says that it has been said how to resume.
func (o *options) next(s batch.Summary, finished, advised bool) (lines []string) {
	resume := o.sameInput() + ": " + o.command("--resume")
	switch {
	case advised || finished && s.Failed+s.Unknown == 0, s.Read == 0:
	case !o.keeps():
		return o.nextWithoutOutput(s, finished)
	case !finished && s.Failed > 0:
		lines = append(lines, "to resume, and to send what failed again"+resume)
	case !finished:
		lines = append(lines, "to resume"+resume)
	case s.Failed > 0:
		lines = append(lines, "to send them again, corrected where that is needed"+resume)
	}
	if s.Unknown > 0 && o.keeps() {
		lines = append(lines, "to send again what is unknown, which may then be done twice"+o.sameInput()+": "+o.command("--resume", "--resend-unknown"))
	}
	return lines
}

// sameInput is the part of a sentence about resuming that standard input needs.
func (o *options) sameInput() string {
	if slices.Contains(o.Files, "-") {
		return ", with the same input"
	}
	return ""
}

// nextWithoutOutput is next for results that are out of reach.
func (o *options) nextWithoutOutput(s batch.Summary, finished bool) []string {
	switch {
	case !finished:
		return []string{"with -o FILE the same command and --resume would go on from here"}
	case s.Failed > 0 && o.FailedOut != "" && !files.IsStream(o.FailedOut):
		return []string{"to send them again, corrected where that is needed: " + o.commandFor(o.FailedOut)}
	}
	return []string{"with -o FILE the same command and --resume would send them again"}
}

// command is the command line of this run with more flags, as a shell takes it.
func (o *options) command(more ...string) string {
	args := slices.Clone(o.env.Args)
	for _, flag := range more {
		if !slices.Contains(args, flag) {
			args = append(args, flag)
		}
	}
	return commandLine(args)
}

// commandFor is the command line of this run for another input, without what can be written only once.
func (o *options) commandFor(input string) string {
	var args []string
	for i := 0; i < len(o.env.Args); i++ {
		arg := o.env.Args[i]
		switch {
		case arg == "--failed-out":
			i++
		case strings.HasPrefix(arg, "--failed-out="), slices.Contains(o.Files, arg):
		default:
			args = append(args, arg)
		}
	}
	return commandLine(append(args, input))
}

// commandLine writes arguments as a shell reads them.
func commandLine(args []string) string {
	var b strings.Builder
	b.WriteString("arl")
	for _, arg := range args {
		b.WriteByte(' ')
		b.WriteString(shellWord(arg))
	}
	return b.String()
}

// shellWord quotes an argument, if a shell would take it for something else.
func shellWord(arg string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)
	}
	if arg != "" && strings.IndexFunc(arg, func(r rune) bool { return !plain(r) }) < 0 {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
