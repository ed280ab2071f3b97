package filestore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/arl-cli/arl/internal/private"
)

// mostSwaps is how often in a row a file may be found replaced before that is an error.
const mostSwaps = 100

// A liveFile is one key's file, which is its own lock: who holds it holds what others find at its path.
type liveFile struct {
	path string
	lock private.Lock
	file *os.File // nil if none is open
	info fs.FileInfo
}

// hold opens and locks the file. left is called with one that was locked and turned out to have been removed
// or replaced meanwhile, before it is closed.
func (f *liveFile) hold(dir string, left func()) error {
	var err error
	for range mostSwaps {
		err = f.take(dir)
		switch {
		case err == nil && private.InPlace(f.path, f.info):
			return nil
		case err == nil:
			left()
			f.release()
			f.close()
		case errors.Is(err, private.ErrHeld) && !private.InPlace(f.path, f.info):
			// whoever holds the lock holds that of a file that nobody finds
		case !private.Gone(err):
			return err
		}
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%s was replaced %d times in a row", f.path, mostSwaps)
}

// take opens the file if need be, and locks it.
func (f *liveFile) take(dir string) error {
	if f.file == nil {
		if err := f.open(dir); err != nil {
			return err
		}
	}
	err := f.lock.Take(f.file, f.info)
	switch {
	case errors.Is(err, private.ErrHeld):
		f.file = nil
		return f.lock.Held(f.path)
	case err != nil:
		f.close()
		return private.Explain(f.path, &fs.PathError{Op: "lock", Path: f.path, Err: err})
	}
	return nil
}

// open opens the file, in a directory that is made again if it has vanished.
func (f *liveFile) open(dir string) (err error) {
	if err := private.Dir(dir); err != nil {
		return err
	}
	f.file, f.info, err = private.Open(f.path)
	return err
}

func (f *liveFile) release() { _ = f.lock.Release(f.file) }

func (f *liveFile) close() {
	if f.file != nil {
		_ = f.file.Close()
		f.file = nil
	}
}

// read reads at most len(b) bytes; io.EOF means that the file is empty.
func (f *liveFile) read(b []byte) (int, error) {
	n, err := f.file.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, private.Explain(f.path, err)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// write writes in one call. The file never shrinks: the length is in its header.
func (f *liveFile) write(b []byte) error {
	_, err := f.file.WriteAt(b, 0)
	return private.Explain(f.path, err)
}
