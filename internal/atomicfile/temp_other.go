//go:build !linux

package atomicfile

import (
	"io/fs"
	"path/filepath"
)

// create makes the file in a directory.
func (r *Replacement) create(dir string, perm fs.FileMode) error {
	return r.createNamed(filepath.Join(dir, filepath.Base(r.path)), perm)
}

// publish puts the file in its place.
func (r *Replacement) publish() error { return r.rename() }
