package fetch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/arl-cli/arl/internal/ui"
)

// output is where an answer goes: a stream, or a file that is made at the first write and put in its
// place at the end, so that a failed run leaves none.
type output struct {
	stream io.Writer
	path   string
	file   *os.File
	temp   string // the name that file has until commit; empty if it is written in place
}

func newOutput(path string, stdout io.Writer) *output {
	if path == "" || path == "-" {
		return &output{stream: stdout}
	}
	return &output{path: path}
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	if o.stream == nil {
		if err := o.open(); err != nil {
			return 0, err
		}
	}
	n, err := o.stream.Write(p)
	if err != nil {
		err = &writeError{err}
	}
	return n, err
}

// Painted is [ui.Stream.Painted]: for a body, which is passed on as it came, and for what is harmless already.
func (o *output) Painted() io.Writer { return paintedOutput{o} }

type paintedOutput struct{ o *output }

// Write implements io.Writer.
func (p paintedOutput) Write(b []byte) (int, error) {
	if p.o.stream != nil {
		p.o = &output{stream: ui.Painted(p.o.stream)}
	}
	return p.o.Write(b)
}

func (o *output) open() error {
	if target, err := filepath.EvalSymlinks(o.path); err == nil {
		o.path = target // what a link points to is replaced, not the link
	}
	there, err := os.Stat(o.path)
	if err == nil && !there.Mode().IsRegular() { // a device or a pipe is written to, not replaced
		o.file, err = os.OpenFile(o.path, os.O_WRONLY, 0)
	} else {
		o.file, err = o.openTemp(there)
	}
	if err != nil {
		return &writeError{err}
	}
	o.stream = o.file
	return nil
}

// openTemp makes the file that will take path's place, with the permissions of what is there, or as
// the umask says.
func (o *output) openTemp(there os.FileInfo) (*os.File, error) {
	o.temp = filepath.Join(filepath.Dir(o.path), fmt.Sprintf(".%s.%d.part", filepath.Base(o.path), os.Getpid()))
	mode := os.FileMode(0o666)
	if there != nil {
		mode = 0o600
	}
	f, err := os.OpenFile(o.temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil || there == nil {
		return f, err
	}
	if err := f.Chmod(there.Mode().Perm()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// finish puts the file in its place, or takes it away if the run failed. An empty answer makes an
// empty file, as with curl.
func (o *output) finish(failed error) error {
	if o.path == "" {
		return nil
	}
	if o.file == nil {
		if failed != nil {
			return nil
		}
		if err := o.open(); err != nil {
			return err
		}
	}
	err := o.file.Close()
	if o.temp == "" {
		return err
	}
	if failed == nil && err == nil {
		err = os.Rename(o.temp, o.path)
	}
	if failed != nil || err != nil {
		if e := os.Remove(o.temp); e != nil && !errors.Is(e, fs.ErrNotExist) {
			return e
		}
	}
	if err != nil {
		return &writeError{err}
	}
	return nil
}

// writeError tells a failed write from a failed read when an answer is copied.
type writeError struct{ err error }

func (e *writeError) Error() string { return "write the answer: " + e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }
