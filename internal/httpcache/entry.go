package httpcache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

const (
	// mostInline is the largest body that is in the entry's own file.
	mostInline = 32 << 10
	// mostMeta is the largest of what else is in it.
	mostMeta = 1 << 20
	// headLine is how an entry begins: checksum of all that follows, and the length of the JSON.
	headLine = "arl cache 1 %08x %08x\n"
	headSize = len("arl cache 1 00000000 00000000\n")
)

// meta is what an entry's file has besides a small body.
type meta struct {
	Stored

	Vary     []string `json:"vary,omitempty"`      // in a file without a response: what the responses to a URL vary by
	BodyFile string   `json:"body_file,omitempty"` // empty: the body is here
	Size     int64    `json:"size"`                // of the body
	Sum      uint32   `json:"crc32c,omitempty"`    // of the body, where it is elsewhere
	SHA256   string   `json:"sha256,omitempty"`    // of the body
}

// An entry is a stored response as it was read. Its body is in memory or an open file.
type entry struct {
	meta

	path   string // of its own file
	length int64  // of that
	inline []byte
	body   *os.File
}

var errDamaged = errors.New("damaged cache entry")

func checksum() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// encode writes an entry as a file has it.
func (m *meta) encode(inline []byte) ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode a cache entry: %w", err)
	}
	b := make([]byte, headSize, headSize+len(text)+len(inline))
	b = append(append(b, text...), inline...)
	copy(b, fmt.Sprintf(headLine, crc32.Checksum(b[headSize:], checksum()), len(text)))
	return b, nil
}

// decode reads what a file has.
func decode(b []byte) (*entry, error) {
	var sum, length uint32
	if len(b) < headSize {
		return nil, errDamaged
	}
	if _, err := fmt.Sscanf(string(b[:headSize]), headLine, &sum, &length); err != nil {
		return nil, errDamaged
	}
	b = b[headSize:]
	if crc32.Checksum(b, checksum()) != sum || int(length) > len(b) {
		return nil, errDamaged
	}
	e := &entry{inline: b[length:]}
	if err := json.Unmarshal(b[:length], &e.meta); err != nil {
		return nil, errDamaged
	}
	if e.BodyFile == "" && int64(len(e.inline)) != e.Size {
		return nil, errDamaged
	}
	return e, nil
}

// readEntry reads an entry, and makes sure that its body is whole. It fails if there is none.
func readEntry(path string) (*entry, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	e, err := decode(b)
	if err != nil {
		return nil, err
	}
	e.path, e.length = path, int64(len(b))
	if e.BodyFile == "" {
		return e, nil
	}
	return e, e.openBody()
}

func readFile(path string) ([]byte, error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > mostMeta+mostInline {
		return nil, errDamaged
	}
	b := make([]byte, info.Size())
	_, err = io.ReadFull(file, b)
	return b, err
}

// openBody opens the file of a large body and compares it with its checksum.
func (e *entry) openBody() error {
	if filepath.Base(e.BodyFile) != e.BodyFile {
		return errDamaged
	}
	file, err := open(e.bodyPath())
	if err != nil {
		return err
	}
	sum := crc32.New(checksum())
	n, err := io.Copy(sum, file)
	if err == nil && (n != e.Size || sum.Sum32() != e.Sum) {
		err = errDamaged
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		return err
	}
	e.body = file
	return nil
}

func (e *entry) bodyPath() string { return filepath.Join(filepath.Dir(e.path), e.BodyFile) }

// close lets go of the body.
func (e *entry) close() {
	if e != nil && e.body != nil {
		_ = e.body.Close()
	}
}

// response makes a response to req of an entry, whose body it takes over.
func (e *entry) response(req *http.Request) *http.Response {
	resp := &http.Response{
		Status:     fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)),
		StatusCode: e.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: e.Header.Clone(), ContentLength: e.Size, Request: req, Body: http.NoBody,
	}
	switch {
	case req.Method == http.MethodHead:
		e.close()
	case e.body != nil:
		resp.Body = e.body
	case len(e.inline) > 0:
		resp.Body = io.NopCloser(bytes.NewReader(e.inline))
	}
	return resp
}
