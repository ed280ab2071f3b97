package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/arl-cli/arl/internal/atomicfile"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/private"
)

// A Config says how an output is opened.
type Config struct {
	Path          string
	Resume        bool           // from what is there
	ResendUnknown bool           // and send again what may have been processed
	Shard         identity.Shard // the part of the input that the run is about
	Failed        func(error)    // told, once, when nothing can be noted any more; nil means nobody
}

// A File is an output that is open. Write belongs to one goroutine; Note and Settle are safe for use
// by many.
type File struct {
	Run   string        // names the run, for idempotency keys
	Known *resume.Known // what is done
	Taken Taken         // what was resumed

	path    string // without symbolic links
	results *os.File
	size    int64    // of the results that are whole
	notes   *os.File // the journal; locked
	header  int64    // how long its header is
	journal journal
	jobs    int   // that the journal alone knows of, when the output is opened
	noted   int64 // how long the journal is without a torn last line, in bytes
}

// Taken is what an earlier run has left, in records.
type Taken struct {
	OK, Unknown int64 // done
	Recovered   int64 // of Unknown: known from the journal alone
	Again       int64 // to be sent again
	Jobs        int64 // that were accepted, and whose state is asked for again
	Torn        bool  // the last result was cut off
	Damaged     int64 // results that a crash of the machine has destroyed
}

// A UnusableError says why an output cannot be used. Nothing has been changed.
type UnusableError struct {
	Why, Hint string
	Err       error // may be nil
}

// Error implements error.
func (e *UnusableError) Error() string { return e.Why }

// Unwrap returns the cause.
func (e *UnusableError) Unwrap() error { return e.Err }

// Regular reports whether a path is a regular file, or could become one: what else is there, such as a
// pipe, has no past and needs no lock.
func Regular(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular() || errors.Is(err, fs.ErrNotExist)
}

// JournalName is where the journal of an output is.
func JournalName(path string) string { return path + ".journal" }

// Open opens an output, which must be [Regular]. It fails with a [UnusableError] if there is something
// already and it is not to be resumed, if another process writes it, or if it is no output.
func Open(c Config) (*File, error) {
	path, err := atomicfile.Target(c.Path) // so that the journal is beside the file, whatever links lead there
	if err != nil {
		return nil, &UnusableError{Why: fmt.Sprintf("open the output: %v", err), Err: err}
	}
	f := &File{path: path, Known: resume.NewKnown()}
	if err := f.lock(c); err != nil {
		return nil, err
	}
	if err := f.open(c); err != nil {
		f.release(err)
		return nil, err
	}
	f.journal = journal{file: f.notes, failed: c.Failed}
	return f, nil
}

// lock opens the journal and locks it. The process that finishes removes it, so that the one locked may be gone.
func (f *File) lock(c Config) error {
	for {
		notes, info, err := private.OpenAsIs(JournalName(f.path))
		if err != nil {
			return notOpened(err)
		}
		locked, err := private.LockNow(notes)
		if err == nil && locked && private.InPlace(notes.Name(), info) {
			f.notes = notes
			return nil
		}
		if err := errors.Join(err, notes.Close()); err != nil {
			return fmt.Errorf("lock %s: %w", notes.Name(), err)
		}
		if !locked {
			return &UnusableError{
				Why:  fmt.Sprintf("another arl is writing %s", c.Path),
				Hint: "wait until that run has finished, or name another file",
			}
		}
	}
}

// notOpened is why the journal cannot be used: it is a link perhaps, or another user's.
func notOpened(err error) error {
	unusable := &UnusableError{Why: fmt.Sprintf("open the journal of the output: %v", err), Err: err}
	if problem, ok := errors.AsType[*private.Problem](err); ok && problem.Unwrap() == nil {
		unusable.Hint = problem.Hint()
	}
	return unusable
}

// release gives up what was opened. A journal that holds nothing goes too.
func (f *File) release(why error) {
	if f.results != nil {
		_ = f.results.Close()
	}
	if _, unusable := errors.AsType[*UnusableError](why); unusable {
		if fi, err := f.notes.Stat(); err == nil && fi.Size() == 0 {
			private.Remove(f.notes.Name(), f.notes)
			return
		}
	}
	_ = f.notes.Close()
}

// Write implements io.Writer: one call is one result. A result that could not be written whole is
// taken away again.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.results.Write(p)
	if err != nil {
		_ = f.results.Truncate(f.size)
		return n, err
	}
	f.size += int64(n)
	return n, nil
}

// Note makes sure that a record which is about to be sent is known of after a crash. If it fails, the
// record must not be sent.
func (f *File) Note(ctx context.Context, r *batch.Request) error {
	if err := f.journal.note(ctx, batch.AppendNote(nil, r)); err != nil {
		return fmt.Errorf("record in %s what is sent: %w", f.notes.Name(), err)
	}
	return nil
}

// Accept makes sure that a record whose job was accepted is known of after a crash, and not sent again.
func (f *File) Accept(ctx context.Context, r *batch.Request, j *batch.Job) error {
	if err := f.journal.note(ctx, batch.AppendAccepted(nil, r, j)); err != nil {
		return fmt.Errorf("record in %s which job was accepted: %w", f.notes.Name(), err)
	}
	return nil
}

// Settle takes a note back: the record was not processed.
func (f *File) Settle(r *batch.Request) { f.journal.tell(batch.AppendSettled(nil, r)) }

// An Ending is what became of a run.
type Ending struct {
	Perfect bool // every record is ok: nothing is left to resume
	Lost    bool // records that were sent may have no result
	Jobs    bool // jobs were accepted that have no result
}

// Close makes sure that the results are on the disk. The journal goes with a perfect ending; otherwise
// it keeps the name of the run, and its notes if results were lost. Jobs of which it alone knows are in it for as long as
// they may have no result: a run that ended before it met their records says nothing of them.
func (f *File) Close(e Ending) error {
	noted := f.journal.settle()
	err := errors.Join(f.results.Sync(), f.results.Close())
	switch {
	case err != nil:
	case e.Perfect && f.Known.JobsLeft() == 0:
		err = f.remove()
	case !e.Lost && !e.Jobs && f.jobs == 0 && noted == nil:
		err = f.forget()
	}
	return errors.Join(err, f.notes.Close())
}

// cut makes a file end after size bytes, where the next Write then goes.
func cut(file *os.File, size int64) error {
	if err := file.Truncate(size); err != nil {
		return err
	}
	_, err := file.Seek(size, io.SeekStart)
	return err
}

// forget empties the journal, whose notes all have results now.
func (f *File) forget() error {
	return errors.Join(cut(f.notes, f.header), f.notes.Sync())
}
