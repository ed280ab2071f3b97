package outfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/arl-cli/arl/internal/batch"
)

// Peek returns what an output and its journal hold, and changes nothing.
func Peek(path string, resendUnknown bool) (*batch.Known, error) {
	target, err := realPath(path)
	if err != nil {
		return nil, err
	}
	f := &File{path: target}
	f.notes, err = os.Open(JournalName(target))
	if errors.Is(err, fs.ErrNotExist) {
		f.notes, err = os.Open(os.DevNull)
	}
	if err != nil {
		return nil, err
	}
	defer f.notes.Close() //nolint:errcheck // it was only read
	if f.Run, f.header, err = readHeader(f.notes); err != nil {
		return nil, fmt.Errorf("read the journal %s: %w", f.notes.Name(), err)
	}
	past, err := f.readResults(Config{Path: path, Resume: true, ResendUnknown: resendUnknown})
	if err != nil {
		return nil, err
	}
	notes, err := f.readNotes(past)
	if err != nil || resendUnknown {
		return past.Known, err
	}
	_, each := notes.results()
	for i := range each {
		past.Known.Add(&each[i])
	}
	return past.Known, nil
}
