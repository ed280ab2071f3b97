package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/folder"
	"github.com/arl-cli/arl/internal/batch/lists"
	"github.com/arl-cli/arl/internal/batch/outfile"
	"github.com/arl-cli/arl/internal/ui"
)

// batchFiles are what a batch writes.
type batchFiles struct {
	out    io.Writer
	kept   *outfile.File  // nil unless the results go to a regular file
	plain  *os.File       // a file of -o that is none, such as a pipe
	failed *os.File       // of --failed-out; nil without
	folder *folder.Folder // of --output-dir; nil without
	lists  *lists.Folder  // of lists in pages that are not complete
}

// openFiles opens standard output or the file of -o, the one of --failed-out, and the folder of --output-dir. broken is told if
// nothing can be noted any more.
func (o *batchOptions) openFiles(broken func(error)) (*batchFiles, error) {
	f := &batchFiles{out: o.env.Out}
	if err := o.apart(); err != nil {
		return nil, err
	}
	if err := o.openOutput(f, broken); err != nil {
		return nil, err
	}
	if err := errors.Join(o.openLists(f), o.openFolder(f), o.openFailedOut(f)); err != nil {
		return nil, errors.Join(err, f.close(batch.Summary{}))
	}
	return f, nil
}

// openFolder opens the folder of large answers.
func (o *batchOptions) openFolder(f *batchFiles) error {
	if o.OutputDir == "" {
		return nil
	}
	template, err := folder.ParseTemplate(o.OutputName)
	if err != nil {
		return err
	}
	run := ""
	if f.kept != nil {
		run = f.kept.Run
	}
	if f.folder, err = folder.Open(o.OutputDir, template, run); err != nil {
		return usagef("", "open the folder of answers: %v", err)
	}
	return nil
}

// apart makes sure that no file is read and written at once.
func (o *batchOptions) apart() error {
	written := map[string]string{"-o": o.Output, "--failed-out": o.FailedOut, "--summary-file": o.SummaryFile}
	for flag, name := range written {
		for _, read := range o.Files {
			if sameFile(name, read) {
				return usagef("", "%s %s is where the records are read from", flag, name)
			}
		}
		if flag != "-o" && sameFile(name, o.Output) {
			return usagef("", "%s %s is the file of -o", flag, name)
		}
	}
	if sameFile(o.FailedOut, o.SummaryFile) {
		return usagef("", "--failed-out and --summary-file are the same file")
	}
	return nil
}

func sameFile(a, b string) bool {
	if a == "" || b == "" || a == "-" || b == "-" {
		return false
	}
	fa, errA := os.Stat(a)
	fb, errB := os.Stat(b)
	if errA != nil || errB != nil {
		return filepath.Clean(a) == filepath.Clean(b)
	}
	return fa.Mode().IsRegular() && os.SameFile(fa, fb)
}

func (o *batchOptions) openOutput(f *batchFiles, broken func(error)) (err error) {
	if o.Output == "" || o.Output == "-" {
		return nil
	}
	if !outfile.Regular(o.Output) {
		if o.Resume {
			return usagef("name a file", "--resume: %s is not a regular file", o.Output)
		}
		f.plain, err = os.OpenFile(o.Output, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return usagef("", "open the output: %v", err)
		}
		f.out = f.plain
		return nil
	}
	if f.kept, err = outfile.Open(o.outfile(broken)); err != nil {
		return refused(err)
	}
	f.out = f.kept
	return nil
}

// outfile says how the output is opened.
func (o *batchOptions) outfile(broken func(error)) outfile.Config {
	return outfile.Config{
		Path: o.Output, Resume: o.Resume, ResendUnknown: o.ResendUnknown, Shard: batch.Shard(o.Shard), Failed: broken,
	}
}

// refused is why an output cannot be used.
func refused(err error) error {
	if refused, ok := errors.AsType[*outfile.RefusedError](err); ok {
		return usagef(refused.Hint, "%s", refused.Why)
	}
	return &failure{message: err.Error(), code: exitUnfinished, err: err}
}

// openFailedOut begins the file of --failed-out. A run that is taken up begins it anew, since it sends
// the failed records again.
func (o *batchOptions) openFailedOut(f *batchFiles) (err error) {
	if o.FailedOut == "" {
		return nil
	}
	if fi, err := os.Stat(o.FailedOut); err == nil && fi.Mode().IsRegular() && fi.Size() > 0 && !o.Resume {
		return usagef("move it away or name another file; only a run that is taken up writes it anew", "%s holds something already", o.FailedOut)
	}
	if f.failed, err = os.Create(o.FailedOut); err != nil {
		return usagef("", "open the file of failed records: %v", err)
	}
	return nil
}

// configure tells the engine of the files.
func (f *batchFiles) configure(c *batch.Config) {
	c.Output, c.Folder = f.out, f.folder
	if f.kept != nil {
		c.Known = f.kept.Known
	}
	if f.failed != nil {
		c.FailedOut = f.failed
	}
}

// close makes sure that what was written is on the disk.
func (f *batchFiles) close(s batch.Summary) error {
	perfect := s.Complete && s.Read == s.OK+s.Before
	err := f.closeLists(perfect)
	if f.kept != nil {
		err = errors.Join(err, f.kept.Close(outfile.Ending{Perfect: perfect, Lost: s.Lost > 0}))
	}
	if f.plain != nil {
		err = errors.Join(err, f.plain.Close())
	}
	if f.folder != nil {
		err = errors.Join(err, f.folder.Close())
	}
	if f.failed != nil {
		err = errors.Join(err, syncFile(f.failed), f.failed.Close())
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
func (o *batchOptions) tell(say func(format string, args ...any), t outfile.Taken) {
	if t == (outfile.Taken{}) || o.Silent {
		return
	}
	parts := []string{ui.Count(t.OK) + " ok"}
	if t.Unknown > 0 {
		parts = append(parts, ui.Count(t.Unknown)+" unknown")
	}
	if t.Again > 0 {
		parts = append(parts, ui.Count(t.Again)+" to be sent again")
	}
	if t.Torn {
		parts = append(parts, "a torn line dropped")
	}
	if t.Damaged > 0 {
		parts = append(parts, ui.Count(t.Damaged)+" damaged lines dropped")
	}
	say("taking up %s: %s", o.Output, strings.Join(parts, ", "))
}

// writeSummary writes the file of --summary-file as a whole.
func (o *batchOptions) writeSummary(s batch.Summary, runErr error) (err error) {
	if o.SummaryFile == "" {
		return nil
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write the summary: %w", err)
		}
	}()
	name := filepath.Join(filepath.Dir(o.SummaryFile), fmt.Sprintf(".%s.%d.part", filepath.Base(o.SummaryFile), os.Getpid()))
	part, err := os.Create(name)
	if err != nil {
		return err
	}
	err = errors.Join(s.WriteJSON(ui.NewStream(part, false, o.env.secrets.Redact), batch.Shard(o.Shard), runErr), part.Sync())
	if err = errors.Join(err, part.Close()); err == nil {
		err = os.Rename(name, o.SummaryFile)
	}
	if err != nil {
		_ = os.Remove(name)
	}
	return err
}
