package outfile

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// header is the first line of a journal.
type header struct {
	Journal int    `json:"arl_journal"` // the version of the format
	Run     string `json:"run"`
}

const journalVersion = 1

// readHeader returns the name of the run, which is empty if the journal is new or its beginning was
// never completed, and how long the header is.
func readHeader(f io.ReadSeeker) (run string, size int64, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", 0, err
	}
	line, err := bufio.NewReader(f).ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	var h header
	if json.Unmarshal(line, &h) != nil || h.Journal == 0 || h.Run == "" {
		return "", 0, errors.New("it is not a journal of arl")
	}
	if h.Journal > journalVersion {
		return "", 0, fmt.Errorf("it was written by a newer arl (version %d)", h.Journal)
	}
	return h.Run, int64(len(line)), nil
}

// begin makes a journal of an empty or torn file, and names the run.
func begin(f *os.File) (run string, size int64, err error) {
	run = rand.Text()
	line, err := json.Marshal(header{journalVersion, run})
	if err != nil {
		return "", 0, err
	}
	line = append(line, '\n')
	if err := cut(f, 0); err != nil {
		return "", 0, err
	}
	if _, err := f.Write(line); err != nil {
		return "", 0, err
	}
	return run, int64(len(line)), f.Sync()
}
