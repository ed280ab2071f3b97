package files

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/arl-cli/arl/internal/atomicfile"
	"github.com/arl-cli/arl/internal/terminal"
)

// An Output is a file that a flag names. A regular one is replaced as a whole by Commit, see [atomicfile.Replacement]; a device or a
// pipe is opened at the first write, and written to as it is, but for a terminal, which what servers say cannot steer.
// "-" is standard output.
type Output struct {
	name    string
	stream  io.Writer               // a standard stream, or one to a terminal
	replace *atomicfile.Replacement // nil for what is written in place
	file    *os.File                // that; nil before the first write
}

// Streams are the standard streams of the process.
type Streams struct{ Out, Err io.Writer }

// IsStream reports whether a name means standard output or standard error. Where they are redirected to a file, that
// file must not be replaced: others write to it too.
func IsStream(name string) bool { return Streams{io.Discard, io.Discard}.Of(name) != nil }

// Of returns the stream that a name means; nil if it is that of a file.
func (s Streams) Of(name string) io.Writer {
	switch name {
	case "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
		return s.Out
	case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2":
		return s.Err
	}
	return nil
}

// Create finds out whether a file can be written, and begins it. Nothing is seen of it before Commit.
func (s Streams) Create(name string, perm fs.FileMode) (*Output, error) {
	if stream := s.Of(name); stream != nil {
		return &Output{stream: stream}, nil
	}
	if name == "" {
		return nil, &fs.PathError{Op: "write", Path: name, Err: fs.ErrNotExist}
	}
	r, err := atomicfile.Replace(name, perm)
	if !errors.Is(err, atomicfile.ErrNotRegular) {
		return &Output{name: name, replace: r}, err
	}
	if fi, err := os.Stat(name); err == nil && fi.Mode()&fs.ModeCharDevice != 0 {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &Output{name: name, stream: terminal.FileStream(f, nil), file: f}, nil
	}
	return &Output{name: name}, mayWrite(name)
}

// Stream is the standard stream, or the one to a terminal, that the output goes to; nil for other files.
func (o *Output) Stream() io.Writer { return o.stream }

// Write implements io.Writer.
func (o *Output) Write(p []byte) (int, error) {
	switch {
	case o.stream != nil:
		return o.stream.Write(p)
	case o.replace != nil:
		return o.replace.Write(p)
	}
	if o.file == nil {
		var err error
		if o.file, err = os.OpenFile(o.name, os.O_WRONLY, 0); err != nil {
			return 0, err
		}
	}
	return o.file.Write(p)
}

// Sync waits until a regular file is on the disk.
func (o *Output) Sync() error {
	if o.replace == nil {
		return nil
	}
	return o.replace.Sync()
}

// Commit puts a regular file in its place. It ends the output, as Discard does.
func (o *Output) Commit() error {
	switch {
	case o.replace != nil:
		return atomicfile.Named(o.replace.Commit(), o.name)
	case o.file != nil:
		return o.file.Close()
	}
	return nil
}

// Discard leaves everything as it was, but for what was written in place. After Commit it does nothing.
func (o *Output) Discard() error {
	switch {
	case o.replace != nil:
		return o.replace.Discard()
	case o.file != nil:
		_ = o.file.Close() // perhaps it is closed
	}
	return nil
}
