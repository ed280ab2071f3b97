package output

import "os"

// remove takes the journal away, which has to be closed for that. If another arl has opened it
// meanwhile it is that one's, and stays.
func (f *File) remove() error {
	if err := f.notes.Truncate(0); err != nil {
		return err
	}
	if err := f.notes.Close(); err != nil {
		return err
	}
	_ = os.Remove(f.notes.Name())
	var err error
	f.notes, err = os.Open(os.DevNull) // Close closes it
	return err
}
