package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/arl-cli/arl/internal/input"
)

// A content is a request's body: pieces of memory and of files, one after the other. Files are read while
// they are sent, again at every attempt.
type content struct {
	pieces []piece
	rest   io.Reader // what of standard input came after the last piece and is too much to keep
}

// A piece is text, or a file of that size.
type piece struct {
	text []byte
	file string
	size int64
}

const (
	maxKept = 64 << 20 // how much of standard input is kept, in bytes, so that it can be sent again
	inline  = 1 << 20  // files up to that size are read at once: they are then the same at every attempt
)

func (c *content) text(b []byte) {
	if n := len(c.pieces); n > 0 && c.pieces[n-1].file == "" {
		c.pieces[n-1].text = append(c.pieces[n-1].text, b...)
		return
	}
	c.pieces = append(c.pieces, piece{text: bytes.Clone(b)})
}

// read adds a file, or in for "-".
func (c *content) read(name string, in io.Reader) error {
	if name == "-" {
		return c.stdin(in)
	}
	f, err := os.Open(name)
	if err != nil {
		return input.Unreadable(err)
	}
	defer f.Close() //nolint:errcheck // only read
	fi, err := f.Stat()
	switch {
	case err != nil:
		return input.Unreadable(err)
	case fi.IsDir():
		return input.Unreadable(fmt.Errorf("%s is a directory", name))
	case !fi.Mode().IsRegular(), fi.Size() <= inline: // a pipe is read once
		more, err := c.keep(f)
		if more {
			err = input.Errorf("%s has more than %d MiB and is not a regular file: send it as standard input", name, maxKept>>20)
		}
		return err
	}
	c.pieces = append(c.pieces, piece{file: name, size: fi.Size()})
	return nil
}

// stdin adds standard input. Where it is more than can be kept, the rest is sent as it comes, once.
func (c *content) stdin(in io.Reader) error {
	if c.rest != nil {
		return nil // that was all of it
	}
	more, err := c.keep(in)
	if more {
		c.rest = in
	}
	return err
}

// keep reads r into memory, and reports whether there is more of it.
func (c *content) keep(r io.Reader) (more bool, err error) {
	b, err := io.ReadAll(io.LimitReader(r, maxKept+1))
	if err != nil {
		return false, input.Unreadable(fmt.Errorf("read the data to send: %w", err))
	}
	c.text(b)
	return len(b) > maxKept, nil
}

// size is how long the content is, in bytes; -1 if nobody knows.
func (c *content) size() (n int64) {
	if c.rest != nil {
		return -1
	}
	for _, p := range c.pieces {
		n += p.size + int64(len(p.text))
	}
	return n
}

// memory returns the whole content if no file is part of it.
func (c *content) memory() ([]byte, bool) {
	switch {
	case c.rest != nil || len(c.pieces) > 1 || len(c.pieces) == 1 && c.pieces[0].file != "":
		return nil, false
	case len(c.pieces) == 0:
		return []byte{}, true
	}
	return c.pieces[0].text, true
}

// all reads the content into memory.
func (c *content) all() ([]byte, error) {
	if b, ok := c.memory(); ok {
		return b, nil
	}
	r := c.open()
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, input.Wrap(err)
	}
	return b, nil
}

// preview is what can be shown of a content: its text, and the names of its files.
func (c *content) preview() []byte {
	var b bytes.Buffer
	for _, p := range c.pieces {
		if p.file != "" {
			fmt.Fprintf(&b, "[%d bytes of %s]", p.size, p.file)
		}
		b.Write(p.text)
	}
	if c.rest != nil {
		b.WriteString("[and what follows on standard input]")
	}
	return b.Bytes()
}

// check looks whether the files are still what was announced, before any of them is sent.
func (c *content) check() error {
	for _, p := range c.pieces {
		if p.file == "" {
			continue
		}
		f, err := os.Open(p.file)
		if err != nil {
			return err
		}
		fi, err := f.Stat()
		f.Close() //nolint:errcheck // only looked at
		if err == nil && fi.Size() < p.size {
			err = fmt.Errorf("%s has shrunk to %d bytes", p.file, fi.Size())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *content) open() io.ReadCloser {
	return &reader{pieces: c.pieces, rest: c.rest}
}

// attach makes the content a request's body.
func (c *content) attach(req *http.Request) {
	req.Body, req.ContentLength = c.open(), c.size()
	if c.rest == nil {
		req.GetBody = func() (io.ReadCloser, error) { return c.open(), c.check() }
	}
	if req.ContentLength == 0 {
		req.Body = http.NoBody
	}
}

// A reader reads a content. A file is opened when its turn has come.
type reader struct {
	pieces []piece
	rest   io.Reader
	now    io.Reader
	file   *os.File
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	for {
		if r.now == nil {
			if err := r.next(); err != nil {
				return 0, err
			}
		}
		n, err := r.now.Read(p)
		if n > 0 || err == nil || !errors.Is(err, io.EOF) {
			return n, readFailed(err)
		}
		r.now = nil
		if err := r.Close(); err != nil {
			return 0, err
		}
	}
}

func readFailed(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	return input.Unreadable(err)
}

func (r *reader) next() error {
	if len(r.pieces) == 0 {
		if r.rest == nil {
			return io.EOF
		}
		r.now, r.rest = r.rest, nil
		return nil
	}
	p := r.pieces[0]
	r.pieces = r.pieces[1:]
	if p.file == "" {
		r.now = bytes.NewReader(p.text)
		return nil
	}
	f, err := os.Open(p.file)
	if err != nil {
		return input.Unreadable(err)
	}
	r.file, r.now = f, io.LimitReader(f, p.size) // what is appended meanwhile was not announced
	return nil
}

// Close implements io.Closer.
func (r *reader) Close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}
