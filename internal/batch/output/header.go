package output

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/arl-cli/arl/internal/batch/identity"
)

// header is the first line of a journal.
type header struct {
	Journal int    `json:"arl_journal"` // the version of the format
	Run     string `json:"run"`
	Shard   string `json:"shard,omitempty"` // of the input; nothing for all of it
}

const journalVersion = 1

// errNotJournal says that a file is not arl's to write to.
var errNotJournal = errors.New("not a journal of arl")

// longestHeader is more than any header takes, in bytes.
const longestHeader = 4 << 10

// readHeader returns what is in the header, and how long it is. There is no name of a run if the
// journal is new or its beginning was never completed.
func readHeader(f io.ReadSeeker) (h header, size int64, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return h, 0, err
	}
	line, err := bufio.NewReader(io.LimitReader(f, longestHeader)).ReadBytes('\n')
	if errors.Is(err, io.EOF) && tornHeader(line) {
		return h, 0, nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return h, 0, err
	}
	if err != nil || json.Unmarshal(line, &h) != nil || h.Journal == 0 || h.Run == "" {
		return header{}, 0, errNotJournal
	}
	if h.Journal > journalVersion {
		return header{}, 0, fmt.Errorf("written by a newer arl (version %d)", h.Journal)
	}
	return h, int64(len(line)), nil
}

// tornHeader reports whether text without a line end is what a crash can leave of a header: nothing, or its beginning.
// What else has no line end is a file that arl has not made.
func tornHeader(text []byte) bool {
	const begins = `{"arl_journal":`
	n := min(len(text), len(begins))
	return len(text) < longestHeader && string(text[:n]) == begins[:n]
}

// begin makes a journal of an empty or torn file, and names the run.
func begin(f *os.File, shard identity.Shard) (run string, size int64, err error) {
	run = rand.Text()
	line, err := json.Marshal(header{journalVersion, run, shard.String()})
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
