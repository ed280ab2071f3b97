package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/private"
)

// open opens the results, new or resumed. The journal is locked.
func (f *File) open(c Config) error {
	if err := f.readHeader(c); err != nil {
		return err
	}
	fi, err := os.Stat(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &UnusableError{Why: fmt.Sprintf("open the output: %v", err), Err: err}
	}
	if err == nil && fi.Size() > 0 && !c.Resume {
		return &UnusableError{
			Why:  c.Path + " is not empty",
			Hint: "use --resume to continue it; for a new run move it away, or name another file",
		}
	}
	if err := f.takeUp(c); err != nil {
		return err
	}
	return f.named(c)
}

// readHeader reads the name of the run, which must be about the same shard.
func (f *File) readHeader(c Config) error {
	h, size, err := readHeader(f.notes)
	if err != nil {
		hint := "it records which requests were sent; move it away only if they may be sent twice"
		if errors.Is(err, errNotJournal) {
			hint = "move that file away, or name another one with -o"
		}
		return &UnusableError{Why: fmt.Sprintf("read the journal %s: %v", f.notes.Name(), err), Err: err, Hint: hint}
	}
	f.Run, f.header = h.Run, size
	if h.Run != "" && c.Resume && h.Shard != c.Shard.String() {
		return &UnusableError{
			Why:  fmt.Sprintf("resume %s: it is of a run of %s, and this one is of %s", c.Path, ofShard(h.Shard), ofShard(c.Shard.String())),
			Hint: "resume that run first, with the command that started it, or name another file for this one",
		}
	}
	return nil
}

// ofShard says what a run is about.
func ofShard(shard string) string {
	if shard == "" {
		return "the whole input"
	}
	return "shard " + shard
}

// takeUp resumes from what there is.
func (f *File) takeUp(c Config) error {
	past, err := f.readResults(c)
	if err != nil {
		return err
	}
	notes, err := f.readNotes(past)
	if err != nil {
		return err
	}
	text, each := notes.results(time.Now())
	if n := len(each) + len(notes.jobs); n > 0 && !c.Resume {
		return &UnusableError{
			Why:  fmt.Sprintf("%s knows of records that were sent and have no result (%d)", f.notes.Name(), n),
			Hint: "use --resume to continue that run; move the journal away only if its requests may be sent twice",
		}
	}
	f.Taken = Taken{OK: past.OK, Unknown: past.Unknown, Again: past.Again, Torn: past.Torn > 0, Damaged: past.Damaged}
	if c.ResendUnknown {
		f.Taken.Again += int64(len(each))
		text, each = nil, nil
	}
	f.Taken.Unknown += int64(len(each))
	f.Taken.Recovered = int64(len(each))
	more := notes.addJobs(past)
	f.Taken.Jobs, f.jobs = int64(len(notes.jobs)), len(notes.jobs)
	f.Taken.Again -= int64(len(past.Jobs))
	if err := f.renew(past, notes, text, more); err != nil {
		return fmt.Errorf("resume %s: %w", c.Path, err)
	}
	f.Known = past.Known
	notes.tell(f.Known, each)
	return nil
}

func (f *File) readResults(c Config) (*resume.Past, error) {
	in, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return &resume.Past{Known: resume.NewKnown()}, nil
	}
	if err != nil {
		return nil, &UnusableError{Why: fmt.Sprintf("open the output: %v", err), Err: err}
	}
	defer in.Close() //nolint:errcheck // it was only read
	fi, err := f.notes.Stat()
	if err != nil {
		return nil, err
	}
	past, err := resume.ReadPast(in, resume.PastConfig{
		ResendUnknown: c.ResendUnknown, NoteFailed: fi.Size() > f.header, Shard: c.Shard,
	})
	if other, ok := errors.AsType[*resume.OtherShardError](err); ok {
		return nil, &UnusableError{
			Why: fmt.Sprintf("resume %s: %v", c.Path, other), Err: err,
			Hint: "nothing was changed; every shard needs its own output",
		}
	}
	if strange, ok := errors.AsType[*resume.NotResultError](err); ok {
		return nil, &UnusableError{
			Why: fmt.Sprintf("resume %s: %v", c.Path, strange), Err: err,
			Hint: "nothing was changed; only an output of arl batch can be resumed",
		}
	}
	if err != nil {
		return nil, fmt.Errorf("resume %s: %w", c.Path, err)
	}
	return past, nil
}

func (f *File) readNotes(past *resume.Past) (*outstanding, error) {
	if f.Run == "" {
		return &outstanding{}, nil
	}
	if _, err := f.notes.Seek(f.header, io.SeekStart); err != nil {
		return nil, err
	}
	notes, err := readNotes(f.notes, past)
	if err != nil {
		return nil, &UnusableError{
			Why: fmt.Sprintf("read the journal %s: %v", f.notes.Name(), err), Err: err,
			Hint: "it records which requests were sent; move it away only if they may be sent twice",
		}
	}
	f.noted = f.header + notes.size
	return notes, nil
}

// renew brings the results up to date: without those of records that are sent again, with text added.
// Then it opens them.
func (f *File) renew(past *resume.Past, notes *outstanding, text, accepted []byte) error {
	if past.Again > 0 || past.Damaged > 0 {
		if err := f.takeBack(notes, accepted); err != nil {
			return err
		}
		if err := replace(f.path, past, text); err != nil {
			return err
		}
		return f.append(nil)
	}
	if past.Unended {
		text = append([]byte("\n"), text...)
	}
	if past.Torn > 0 {
		if err := os.Truncate(f.path, past.End); err != nil {
			return err
		}
	}
	return f.append(text)
}

// takeBack notes that records, whose failed results are about to go, are not unknown for that, and which jobs those have
// begun that are not to be sent again.
func (f *File) takeBack(notes *outstanding, accepted []byte) error {
	text := append(notes.settled(), accepted...)
	if len(text) == 0 {
		return nil
	}
	if err := cut(f.notes, f.noted); err != nil {
		return err
	}
	_, err := f.notes.Write(text)
	f.noted += int64(len(text))
	return errors.Join(err, f.notes.Sync())
}

// append opens the results and appends text.
func (f *File) append(text []byte) error {
	var err error
	if f.results, err = os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666); err != nil { //nolint:gosec // as the umask says, like curl
		return &UnusableError{Why: fmt.Sprintf("open the output: %v", err), Err: err}
	}
	if len(text) > 0 {
		if _, err := f.results.Write(text); err != nil {
			return err
		}
		if err := f.results.Sync(); err != nil {
			return err
		}
	}
	fi, err := f.results.Stat()
	if err == nil {
		f.size = fi.Size()
	}
	return err
}

// named sees to it that the journal, which is private from then on, names the run, the same one if it is resumed, and
// holds nothing else.
func (f *File) named(c Config) error {
	if err := private.Tighten(f.notes); err != nil {
		return fmt.Errorf("make the journal private: %w", err)
	}
	if f.Run != "" && c.Resume && f.jobs > 0 {
		return cut(f.notes, f.noted) // jobs are known from the journal alone
	}
	if f.Run != "" && c.Resume {
		return f.forget()
	}
	var err error
	if f.Run, f.header, err = begin(f.notes, c.Shard); err != nil {
		return fmt.Errorf("begin the journal %s: %w", f.notes.Name(), err)
	}
	return syncDir(filepath.Dir(f.path))
}
