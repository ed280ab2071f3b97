package pages

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"

	"github.com/arl-cli/arl/internal/private"
	"github.com/arl-cli/arl/internal/rawjson"
)

const (
	itemsSuffix = ".items"
	pagesSuffix = ".pages"

	shortestName = 32 // of a list: a hash in hexadecimal digits
)

// A State is how far a list came.
type State struct {
	Pages  int    `json:"pages"`
	Items  int64  `json:"items"`
	Bytes  int64  `json:"bytes"`           // of the items with their line ends
	SHA256 string `json:"sha256"`          // of those
	Next   string `json:"next,omitempty"`  // where the next page begins
	Whole  bool   `json:"whole,omitempty"` // nothing more is to be asked for
	Status int    `json:"status"`          // of the last page
}

// A List is one list. It belongs to one goroutine.
type List struct {
	State

	dir          *Dir
	name         string
	items, pages *os.File // nil as long as nothing is written
	sum          hash.Hash
}

// Take returns a list that an earlier run has left, or an empty one. Its name is a hash in hexadecimal digits, and perhaps
// numbers after dashes.
func (f *Dir) Take(name string) (*List, error) {
	l := &List{dir: f, name: name, sum: sha256.New()}
	if f.temp {
		return l, nil
	}
	text, err := private.Read(l.path(pagesSuffix), math.MaxInt64)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	last, end := lastState(text)
	if last.Pages == 0 {
		return l, l.Remove()
	}
	if err := l.takeUp(last, end); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// lastState reads the last whole line of a file of pages, and where it ends.
func lastState(text []byte) (last State, end int64) {
	for line := range bytes.Lines(text) {
		var s State
		if !bytes.HasSuffix(line, []byte("\n")) || json.Unmarshal(line, &s) != nil {
			break
		}
		last = s
		end += int64(len(line))
	}
	return last, end
}

// takeUp goes on behind a state, if the items are there that it speaks of.
func (l *List) takeUp(s State, end int64) error {
	if err := l.open(); err != nil {
		return err
	}
	n, err := io.CopyN(l.sum, l.items, s.Bytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if n < s.Bytes || hex.EncodeToString(l.sum.Sum(nil)) != s.SHA256 {
		l.sum.Reset()
		return l.Remove()
	}
	l.State = s
	return errors.Join(cut(l.items, s.Bytes), cut(l.pages, end))
}

// cut makes a file end after size bytes, where the next Write then goes.
func cut(file *os.File, size int64) error {
	if err := file.Truncate(size); err != nil {
		return err
	}
	_, err := file.Seek(size, io.SeekStart)
	return err
}

func (l *List) path(suffix string) string { return filepath.Join(l.dir.path, l.name+suffix) }

func (l *List) open() (err error) {
	if l.items != nil {
		return nil
	}
	if err := l.dir.make(); err != nil {
		return err
	}
	if l.items, _, err = private.Open(l.path(itemsSuffix)); err != nil {
		return err
	}
	l.pages, _, err = private.Open(l.path(pagesSuffix))
	return err
}

// Add adds the items of a page, and after them the note that they are there. next is where the page after it
// begins; whole says that nothing more is to be asked for.
func (l *List) Add(items iter.Seq[[]byte], next string, whole bool, status int) error {
	if err := l.open(); err != nil {
		return fmt.Errorf("keep a page: %w", err)
	}
	s := l.State
	out := bufio.NewWriterSize(io.MultiWriter(l.items, l.sum), 32<<10)
	var line []byte
	for item := range items {
		line = append(rawjson.AppendLine(line[:0], item), '\n')
		n, _ := out.Write(line) // Flush says what went wrong
		s.Bytes += int64(n)
		s.Items++
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("keep a page: %w", err)
	}
	s.Pages++
	s.Next, s.Whole, s.Status = next, whole, status
	s.SHA256 = hex.EncodeToString(l.sum.Sum(nil))
	note, err := json.Marshal(s)
	if err == nil {
		_, err = l.pages.Write(append(note, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keep a page: %w", err)
	}
	l.State = s
	return nil
}

// Lines returns the items, one a line.
func (l *List) Lines() (io.Reader, error) {
	_, err := l.items.Seek(0, io.SeekStart)
	return io.LimitReader(l.items, l.Bytes), err
}

// Array returns the items as one array, which takes [List.ArraySize] bytes.
func (l *List) Array() (io.Reader, error) {
	lines, err := l.Lines()
	if l.Items == 0 {
		return bytes.NewReader([]byte("[]")), err
	}
	return io.MultiReader(bytes.NewReader([]byte("[")), &commas{in: lines, left: l.Bytes}), err
}

// ArraySize is how long an array of the items is, in bytes.
func (l *List) ArraySize() int64 { return max(2, l.Bytes+1) }

// commas puts a comma for each line end, and a bracket for the last.
type commas struct {
	in   io.Reader
	left int64
}

// Read implements io.Reader.
func (c *commas) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	for i, b := range p[:n] {
		if b == '\n' {
			p[i] = ','
		}
	}
	if c.left -= int64(n); c.left == 0 && n > 0 {
		p[n-1] = ']'
	}
	return n, err
}

// Close lets go of the files, and removes those that nobody will find again.
func (l *List) Close() error {
	if l.items == nil {
		return nil
	}
	err := l.items.Close()
	if l.pages != nil {
		err = errors.Join(err, l.pages.Close())
	}
	l.items, l.pages = nil, nil
	if l.dir.temp {
		err = errors.Join(err, l.Remove())
	}
	return err
}

// Remove takes the list away. It is empty then.
func (l *List) Remove() error {
	items, pages := l.items, l.pages
	l.items, l.pages, l.State = nil, nil, State{}
	l.sum = sha256.New()
	for _, f := range []*os.File{items, pages} {
		if f != nil {
			_ = f.Close() // it goes anyway
		}
	}
	err := errors.Join(absent(os.Remove(l.path(pagesSuffix))), absent(os.Remove(l.path(itemsSuffix))))
	return err
}

// absent takes it for granted that a file can be gone already.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
