package output

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/arl-cli/arl/internal/atomicfile"
	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/private"
)

// Peek returns what an output and its journal hold, and changes nothing.
func Peek(c Config) (*resume.Known, error) {
	target, err := atomicfile.Target(c.Path)
	if err != nil {
		return nil, err
	}
	f := &File{path: target}
	f.notes, _, err = private.OpenToRead(JournalName(target))
	if errors.Is(err, fs.ErrNotExist) {
		f.notes, err = os.Open(os.DevNull)
	}
	if err != nil {
		return nil, notOpened(err)
	}
	defer f.notes.Close() //nolint:errcheck // it was only read
	c.Resume = true
	if err := f.readHeader(c); err != nil {
		return nil, err
	}
	past, err := f.readResults(c)
	if err != nil {
		return nil, err
	}
	notes, err := f.readNotes(past)
	if err != nil {
		return past.Known, err
	}
	notes.addJobs(past)
	var each []resume.Result
	if !c.ResendUnknown {
		_, each = notes.results(time.Now())
	}
	notes.tell(past.Known, each)
	return past.Known, nil
}
