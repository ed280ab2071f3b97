package bodyfiles

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
)

// A Dir is where the responses of one run go. It is safe for use by many goroutines.
type Dir struct {
	root     *os.Root
	template Template
	parts    string // how the names of this run's parts begin
	n        atomic.Int64
}

// Open opens the directory at path, which is made if it is not there. run is the name of a run that no other
// process has; parts that it has left behind when it was killed are removed. It is empty for a run that
// has no name.
func Open(path string, template Template, run string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o777); err != nil { //nolint:gosec // as the umask says: it is the user's
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(cmp.Or(run, rand.Text())))
	f := &Dir{root: root, template: template, parts: ".arl-" + hex.EncodeToString(sum[:8]) + "-"}
	if run != "" {
		err = f.sweep()
	}
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

// check finds out whether files can be made there.
func (f *Dir) check() error {
	p, err := f.Create()
	if err != nil {
		return err
	}
	return p.Discard()
}

func (f *Dir) sweep() error {
	left, err := fs.Glob(f.root.FS(), f.parts+"*.part")
	for _, name := range left {
		err = errors.Join(err, f.root.Remove(name))
	}
	return err
}

// Create begins a file. Either [Part.Keep] or [Part.Discard] ends it.
func (f *Dir) Create() (*Part, error) {
	p := &Part{dir: f, name: fmt.Sprintf("%s%d.part", f.parts, f.n.Add(1)), sum: sha256.New()}
	var err error
	p.file, err = f.root.OpenFile(p.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	return p, err
}

// Close lets go of the directory.
func (f *Dir) Close() error { return f.root.Close() }
