package evidence

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/rawjson"
)

// A Writer writes a manifest. It is safe for use by many goroutines. An error of the file is kept and returned by Close.
type Writer struct {
	dir string

	mu    sync.Mutex
	file  *os.File
	out   *bufio.Writer
	chain Chain
	lines int64 // of this run
	line  []byte
	err   error

	inputs  []*input
	outputs []string // paths of files that are hashed at the end
	stream  *input   // results that went to a stream
	known   map[Chain]int
}

// Create begins a manifest, or takes one up: then known results are those that it has. It must be empty otherwise.
func Create(path string, resume bool) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666) //nolint:gosec // as the umask says, like -o
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: filepath.Dir(path), file: file, out: bufio.NewWriterSize(file, 64<<10), known: map[Chain]int{}}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errors.New("it is not a regular file")
	case info.Size() > 0 && !resume:
		err = fs.ErrExist
	case resume:
		err = w.takeUp()
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return w, nil
}

// takeUp reads what is there, and drops a last line that was cut off.
func (w *Writer) takeUp() error {
	end := int64(0)
	chain, err := readLines(w.file, func(n int64, object []byte, size int) error {
		end += int64(size)
		var r record
		if err := json.Unmarshal(object, &r); err != nil {
			return err
		}
		count(w.known, &r)
		return nil
	})
	if err != nil && !errors.Is(err, errTorn) {
		return err
	}
	w.chain = chain
	if err := w.file.Truncate(end); err != nil {
		return err
	}
	_, err = w.file.Seek(end, io.SeekStart)
	return err
}

// count counts a result that was written, or dropped again.
func count(known map[Chain]int, r *record) {
	for _, c := range []struct {
		text string
		n    int
	}{{r.Result, 1}, {r.Dropped, -1}} {
		var sum Chain
		if n, err := hex.Decode(sum[:], []byte(c.text)); err == nil && n == len(sum) {
			if known[sum] += c.n; known[sum] == 0 {
				delete(known, sum)
			}
		}
	}
}

// Start writes the first line of a run.
func (w *Writer) Start(s Start) {
	s.Manifest, s.Started = Version, stamp(time.Now())
	s.Output, s.Files = w.relative(s.Output), w.relative(s.Files)
	w.object(s)
}

// Result notes a result, a line with its end, that has been written.
func (w *Writer) Result(line []byte) { w.result(line, false) }

func (w *Writer) result(line []byte, recovered bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum := sha256.Sum256(line)
	if w.stream != nil {
		w.stream.note(line)
	}
	w.line = append(w.line[:0], '{')
	for quoted, value := range rawjson.Members(line) {
		if kept(quoted) {
			w.line = append(append(append(append(w.line, quoted...), ':'), value...), ',')
		}
	}
	if recovered {
		w.line = append(w.line, `"recovered":true,`...)
	}
	w.line = append(hex.AppendEncode(append(w.line, `"result_sha256":"`...), sum[:]), '"')
	w.write()
}

// kept reports whether a manifest repeats a member of a result, whose names need no escapes.
func kept(quoted []byte) bool {
	switch string(quoted[1 : len(quoted)-1]) {
	case "id", "line", "occurrence", "request_sha256", "api", "method", "path", "status", "ok", "pages", "items", "file", "bytes", "sha256", "at", "response_sha256":
		return true
	}
	return false
}

// write seals and writes w.line. mu is held.
func (w *Writer) write() {
	w.line = w.chain.seal(w.line)
	w.lines++
	if _, err := w.out.Write(w.line); err != nil && w.err == nil {
		w.err = err
	}
}

// object writes a line of its own.
func (w *Writer) object(v any) {
	text, err := json.Marshal(v)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.line = append(w.line[:0], bytes.TrimSuffix(text, []byte("}"))...)
	w.write()
}

// Close ends the run: it hashes outputs, writes the last line, and waits for the disk.
func (w *Writer) Close(e End) error {
	e.Ended = stamp(time.Now())
	for _, in := range w.inputs {
		e.Inputs = append(e.Inputs, in.file())
	}
	for _, path := range w.outputs {
		f, err := hashOf(path, w.relative(path))
		if err != nil {
			w.err = errors.Join(w.err, err)
			continue
		}
		e.Outputs = append(e.Outputs, f)
	}
	if w.stream != nil {
		e.Outputs = append(e.Outputs, w.stream.file())
	}
	w.mu.Lock()
	e.Lines = w.lines
	w.mu.Unlock()
	w.object(e)
	if err := errors.Join(w.err, w.out.Flush(), w.file.Sync(), w.file.Close()); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// Discard closes the file, and removes it if nothing is in it.
func (w *Writer) Discard() error {
	info, err := w.file.Stat()
	if err == nil && info.Size() == 0 {
		err = os.Remove(w.file.Name())
	}
	return errors.Join(err, w.file.Close())
}

// relative is a path as seen from the manifest's directory.
func (w *Writer) relative(path string) string {
	if path == "" || path == "-" {
		return path
	}
	dir, err := filepath.Abs(w.dir)
	whole, e := filepath.Abs(path)
	if err != nil || e != nil {
		return path
	}
	if rel, err := filepath.Rel(dir, whole); err == nil {
		return filepath.ToSlash(rel)
	}
	return whole
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
