//go:build !windows

package output

import "os"

// remove takes the journal away while it is locked.
func (f *File) remove() error { return os.Remove(f.notes.Name()) }
