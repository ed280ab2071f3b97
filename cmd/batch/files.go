package batch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/bodyfiles"
	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/batch/output"
	"github.com/arl-cli/arl/internal/batch/pages"
	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/files"
	"github.com/arl-cli/arl/internal/terminal"
)

// outputFiles are what a batch writes.
type outputFiles struct {
	out     io.Writer
	kept    *output.File   // nil unless the results go to a regular file
	plain   *os.File       // a file of -o that is none, such as a pipe
	failed  io.Writer      // of --failed-out; nil without
	dir     *bodyfiles.Dir // of --output-dir; nil without
	lists   *pages.Dir     // of lists in pages that are not complete
	summary *files.Output  // of --summary-file; nil without
}

// openFiles opens all that the batch writes, before anything is sent: standard output or the file of -o, the directory of
// --output-dir, the files of --summary-file and --failed-out. broken is told if nothing can be noted any more.
func (o *options) openFiles(broken func(error)) (*outputFiles, error) {
	f := &outputFiles{out: o.env.Out}
	for _, open := range []func(*outputFiles) error{
		o.openSummary, o.checkLists,
		func(f *outputFiles) error { return o.openOutput(f, broken) },
		o.openLists, o.openDir, o.openFailedOut,
	} {
		if err := open(f); err != nil {
			return nil, errors.Join(err, f.close(batch.Summary{}), f.forgetSummary())
		}
	}
	return f, nil
}

// openDir opens the directory of large responses.
func (o *options) openDir(f *outputFiles) error {
	if o.OutputDir == "" {
		return nil
	}
	template, err := bodyfiles.ParseTemplate(o.OutputName)
	if err != nil {
		return err
	}
	run := ""
	if f.kept != nil {
		run = f.kept.Run
	}
	if f.dir, err = bodyfiles.Open(o.OutputDir, template, run); err != nil {
		return cli.Usagef("", "open the directory of responses: %v", err)
	}
	return nil
}

func (o *options) openOutput(f *outputFiles, broken func(error)) (err error) {
	if o.Output == "" {
		return nil
	}
	if stream := o.env.Streams().Of(o.Output); stream != nil {
		f.out = stream
		return nil
	}
	if !output.Regular(o.Output) {
		if o.Resume {
			return cli.Usagef("name a file", "--resume: %s is not a regular file", o.Output)
		}
		f.plain, err = os.OpenFile(o.Output, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return cli.Usagef("", "open the output: %v", err)
		}
		f.out = terminal.FileStream(f.plain, nil)
		return nil
	}
	if f.kept, err = output.Open(o.outfile(broken)); err != nil {
		return unusable(err)
	}
	f.out = f.kept
	return nil
}

// outfile says how the output is opened.
func (o *options) outfile(broken func(error)) output.Config {
	return output.Config{
		Path: o.Output, Resume: o.Resume, ResendUnknown: o.ResendUnknown, Shard: identity.Shard(o.Shard), Failed: broken,
	}
}

// unusable is why an output cannot be used.
func unusable(err error) error {
	if unusable, ok := errors.AsType[*output.UnusableError](err); ok {
		return cli.Usagef(unusable.Hint, "%s", unusable.Why)
	}
	return &cli.Error{Message: err.Error(), Code: cli.ExitUnfinished, Err: err}
}

// openFailedOut begins the file of --failed-out. A resumed run starts it again, since it sends
// the failed records again.
func (o *options) openFailedOut(f *outputFiles) error {
	if o.FailedOut == "" {
		return nil
	}
	if f.failed = o.env.Streams().Of(o.FailedOut); f.failed != nil {
		return nil
	}
	if fi, err := os.Stat(o.FailedOut); err == nil && fi.Mode().IsRegular() && fi.Size() > 0 && !o.Resume {
		return cli.Usagef("move it away, or name another file; only a resumed run overwrites it", "%s is not empty", o.FailedOut)
	}
	file, err := emptied(o.FailedOut)
	if err != nil {
		return cli.Usagef("", "open the file of failed records: %v", err)
	}
	f.failed = file
	return nil
}

// emptied opens a file and makes it empty, unless it is a device or a pipe: not every system lets those be.
func emptied(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666) //nolint:gosec // as the umask says, like curl
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		err = file.Truncate(0)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// configure tells the engine of the files.
func (f *outputFiles) configure(c *batch.Config) {
	c.Output, c.Dir = f.out, f.dir
	if c.Known = resume.NewKnown(); f.kept != nil {
		c.Known = f.kept.Known
	}
	if f.failed != nil {
		c.FailedOut = f.failed
	}
}

// close makes sure that what was written is on the disk.
func (f *outputFiles) close(s batch.Summary) error {
	perfect := s.Complete && s.Read == s.OK+s.Before
	err := f.closeLists(perfect)
	if f.kept != nil {
		err = errors.Join(err, f.kept.Close(output.Ending{Perfect: perfect, Lost: s.Lost > 0, Jobs: s.Accepted > 0}))
	}
	if f.plain != nil {
		err = errors.Join(err, f.plain.Close())
	}
	if f.dir != nil {
		err = errors.Join(err, f.dir.Close())
	}
	if failed, ok := f.failed.(*os.File); ok && failed != os.Stdout && failed != os.Stderr {
		err = errors.Join(err, syncFile(failed), failed.Close())
	}
	if err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	return nil
}

// syncFile waits until a file is on the disk; a pipe or a device has none.
func syncFile(f *os.File) error {
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return err
	}
	return f.Sync()
}

// tell says what an earlier run has left.
func (o *options) tell(say func(format string, args ...any), t output.Taken) {
	if t == (output.Taken{}) || o.Silent {
		return
	}
	parts := []string{terminal.Count(t.OK) + " ok"}
	if t.Unknown > 0 {
		parts = append(parts, terminal.Count(t.Unknown)+" unknown")
	}
	if t.Again > 0 {
		parts = append(parts, terminal.Count(t.Again)+" to be sent again")
	}
	if t.Jobs > 0 {
		parts = append(parts, terminal.Quantity(t.Jobs, "accepted job")+" to ask for")
	}
	if t.Torn {
		parts = append(parts, "a torn line dropped")
	}
	if t.Damaged > 0 {
		parts = append(parts, terminal.Quantity(t.Damaged, "damaged line")+" dropped")
	}
	say("resuming %s: %s", o.Output, strings.Join(parts, ", "))
}

// openSummary begins the file of --summary-file.
func (o *options) openSummary(f *outputFiles) (err error) {
	if o.SummaryFile == "" {
		return nil
	}
	if f.summary, err = o.env.Streams().Create(o.SummaryFile, 0o666); err != nil {
		return cli.Usagef("", "open the file of the summary: %v", err)
	}
	return nil
}

// forgetSummary takes away what was begun.
func (f *outputFiles) forgetSummary() error {
	if f.summary == nil {
		return nil
	}
	return f.summary.Discard()
}

// writeSummary writes the file of --summary-file as a whole.
func (o *options) writeSummary(f *outputFiles, s batch.Summary, runErr error) error {
	if f.summary == nil {
		return nil
	}
	err := errors.Join(s.WriteJSON(terminal.NewStream(f.summary, false, o.env.Secrets.Redact), identity.Shard(o.Shard), o.env.Build.Version, runErr), f.summary.Sync())
	if err == nil {
		err = f.summary.Commit()
	}
	if err = errors.Join(err, f.forgetSummary()); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}
