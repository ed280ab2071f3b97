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
	"strconv"
	"strings"
	"time"
)

const (
	// mostInline is the largest body that is in the entry's own file.
	mostInline = 32 << 10
	// mostMeta is the largest of what else is in it.
	mostMeta = 1 << 20
	// headLine is how an entry begins: checksum of all that follows, and the length of the JSON.
	headWords = "arl cache 1 "
	headLine  = headWords + "%08x %08x\n"
	headSize  = len("arl cache 1 00000000 00000000\n")
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

	path   string    // of its own file
	length int64     // of that
	used   time.Time // when it was last used, more or less
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
	sum, length, ok := decodeHead(b)
	if !ok {
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

// decodeHead reads the first line of a file.
func decodeHead(b []byte) (sum, length uint32, ok bool) {
	if len(b) < headSize {
		return 0, 0, false
	}
	text, ok := strings.CutPrefix(string(b[:headSize]), headWords)
	if !ok || text[8] != ' ' || text[17] != '\n' {
		return 0, 0, false
	}
	first, err1 := strconv.ParseUint(text[:8], 16, 32)
	second, err2 := strconv.ParseUint(text[9:17], 16, 32)
	return uint32(first), uint32(second), err1 == nil && err2 == nil
}

// readEntry reads an entry, and makes sure that its body is whole. It fails if there is none.
func readEntry(path string) (*entry, error) {
	b, used, err := readFile(path)
	if err != nil {
		return nil, err
	}
	e, err := decode(b)
	if err != nil {
		return nil, err
	}
	e.path, e.length, e.used = path, int64(len(b)), used
	if e.BodyFile == "" {
		return e, nil
	}
	return e, e.openBody()
}

// readFile returns what a file has, and when it was last used.
func readFile(path string) ([]byte, time.Time, error) {
	file, err := open(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer file.Close() //nolint:errcheck // it was read
	info, err := file.Stat()
	if err != nil {
		return nil, time.Time{}, err
	}
	if info.Size() > mostMeta+mostInline {
		return nil, time.Time{}, errDamaged
	}
	b := make([]byte, info.Size())
	_, err = io.ReadFull(file, b)
	return b, info.ModTime(), err
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
