package record

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
)

// body reads what a record wants sent, if anything. An empty body is one too.
func (p *parser) body(r *Request, f *fields) (err error) {
	count := 0
	for _, value := range [...][]byte{f.json, f.body, f.bodyBase64, f.bodyFile, f.graphQL} {
		if value != nil {
			count++
		}
	}
	switch {
	case count > 1:
		return errors.New(`only one of "json", "body", "body_base64", "body_file" and "graphql" can be used`)
	case f.graphQL != nil:
		return p.graphQL(r, f)
	case f.variables != nil:
		return errors.New(`"variables" needs "graphql"`)
	case f.json != nil:
		r.json(f.json)
	case f.body != nil:
		r.Body, err = readBytes("body", f.body)
	case f.bodyBase64 != nil:
		r.Body, err = readBase64(f.bodyBase64)
	case f.bodyFile != nil:
		r.Body, err = p.bodyFile(f.bodyFile)
	}
	return err
}

// json makes JSON the body.
func (r *Request) json(body []byte) {
	r.Body = body
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if _, given := r.Header["Content-Type"]; !given {
		r.Header.Set("Content-Type", "application/json")
	}
}

// readBase64 decodes a string where it stands.
func readBase64(value []byte) ([]byte, error) {
	text, err := readBytes("body_base64", value)
	if err != nil {
		return nil, err
	}
	const step = 1024 // characters, a multiple of four
	var piece [step / 4 * 3]byte
	out := text[:0]
	for rest := text; len(rest) > 0; {
		now := rest[:min(step, len(rest))]
		rest = rest[len(now):]
		n, err := base64.StdEncoding.Strict().Decode(piece[:], now)
		if err != nil || len(rest) > 0 && n < len(piece) {
			return nil, errors.New(`"body_base64" is not base64 with padding`)
		}
		out = append(out, piece[:n]...)
	}
	return out, nil
}

func (p *parser) bodyFile(value []byte) ([]byte, error) {
	name, err := readString("body_file", value)
	if err != nil {
		return nil, err
	}
	body, err := p.files.read(name, p.grow)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = fmt.Errorf("%s: %w", e.Path, e.Err) // without the name of a system call
	}
	if err != nil {
		return nil, fmt.Errorf(`"body_file": %w`, err)
	}
	return body, nil
}

// bodyFiles reads files below one directory, and never any outside it.
type bodyFiles struct {
	dir  string
	max  int64 // bytes
	root *os.Root
}

// read returns the content of a file. grow is asked before it takes n bytes.
func (b *bodyFiles) read(name string, grow func(n int64) error) ([]byte, error) {
	if err := b.open(); err != nil {
		return nil, err
	}
	info, err := b.root.Stat(name) // before it is opened: to open a pipe waits for its other end
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	if info.Size() > b.max {
		return nil, fmt.Errorf("%s has %d bytes, but --max-memory allows %d", name, info.Size(), b.max)
	}
	if err := grow(info.Size()); err != nil {
		return nil, err
	}
	return b.content(name, info.Size())
}

func (b *bodyFiles) open() (err error) {
	if b.root != nil {
		return nil
	}
	if b.dir == "" {
		return errors.New("not allowed here")
	}
	b.root, err = os.OpenRoot(b.dir)
	return err
}

func (b *bodyFiles) content(name string, size int64) ([]byte, error) {
	file, err := b.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	content := make([]byte, size)
	if _, err := io.ReadFull(file, content); err != nil {
		return nil, fmt.Errorf("read %s, %d bytes: %w", name, size, err)
	}
	return content, nil
}

func (b *bodyFiles) close() {
	if b.root != nil {
		b.root.Close() //nolint:errcheck // nothing was written
		b.root = nil
	}
}
