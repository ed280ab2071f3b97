package evidence

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"sync"
)

// An input hashes what passes.
type input struct {
	name string
	mu   sync.Mutex
	sum  hash.Hash
	n    int64
	end  bool
}

func newInput(name string) *input { return &input{name: name, sum: sha256.New()} }

func (in *input) note(p []byte) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.sum.Write(p)
	in.n += int64(len(p))
}

// file is what has passed.
func (in *input) file() File {
	in.mu.Lock()
	defer in.mu.Unlock()
	return File{Name: in.name, Bytes: in.n, SHA256: hex.EncodeToString(in.sum.Sum(nil)), Partial: !in.end}
}

// reader reads and hashes.
type reader struct {
	io.Reader
	to *input
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.to.note(p[:n])
	if errors.Is(err, io.EOF) {
		r.to.mu.Lock()
		r.to.end = true
		r.to.mu.Unlock()
	}
	return n, err
}

// Input hashes an input as it is read; "-" is standard input.
func (w *Writer) Input(name string, r io.Reader) io.Reader {
	in := newInput(w.relative(name))
	w.inputs = append(w.inputs, in)
	return &reader{r, in}
}

// Output is a file that is hashed at the end.
func (w *Writer) Output(path string) { w.outputs = append(w.outputs, path) }

// Stream notes that results go to a standard stream: it is hashed as they are written.
func (w *Writer) Stream() {
	w.stream = newInput("-")
	w.stream.end = true
}

// Copy is to, whose content is hashed as it is written.
func (w *Writer) Copy(to io.Writer) io.Writer {
	w.Stream()
	return io.MultiWriter(to, writerFunc(func(p []byte) { w.stream.note(p) }))
}

type writerFunc func(p []byte)

// Write implements io.Writer.
func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// Results notes every result that is written to a file or a stream: one Write is one result.
func (w *Writer) Results(to io.Writer) io.Writer { return &results{to, w} }

type results struct {
	io.Writer
	manifest *Writer
}

// Write implements io.Writer.
func (r *results) Write(p []byte) (int, error) {
	n, err := r.Writer.Write(p)
	if err == nil {
		r.manifest.Result(p)
	}
	return n, err
}

// Reconcile brings a resumed manifest and the results there are into line: a crash may have lost the last
// lines of either, and a resumed run drops failed results.
func (w *Writer) Reconcile(output string) error {
	f, err := os.Open(output)
	if errors.Is(err, os.ErrNotExist) {
		f, err = nil, nil
	}
	if err != nil {
		return err
	}
	if f != nil {
		defer f.Close() //nolint:errcheck // it was only read
		in := bufio.NewReaderSize(f, 256<<10)
		if err := eachLine(in, func(_ int64, line []byte) error {
			sum := Chain(sha256.Sum256(line))
			if w.known[sum] > 0 {
				w.known[sum]--
				return nil
			}
			w.result(line, true)
			return nil
		}); err != nil {
			return err
		}
	}
	for sum, n := range w.known {
		for range n {
			w.object(map[string]string{"dropped": sum.String()})
		}
	}
	w.known = nil
	return nil
}
