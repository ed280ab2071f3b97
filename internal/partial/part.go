package partial

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"

	"github.com/arl-cli/arl/internal/atomicfile"
	"github.com/arl-cli/arl/internal/private"
)

// A Part is a download that may have begun earlier. It is an io.Writer for what follows.
type Part struct {
	path string // of the whole: no link
	url  string // hashed

	file   *os.File
	of     origin
	offset int64 // bytes that are there
	adopt  bool  // what is at path is the part, until a response says that it goes on
}

const (
	suffix     = ".part"
	infoSuffix = ".part.json"
	maxInfo    = 64 << 10
)

// Files returns the files that a download to name uses besides.
func Files(name string) []string { return []string{name + suffix, name + infoSuffix} }

// Open opens what an earlier run has left of a download to name, or begins one. What is at name already counts as the
// beginning, as with curl, if no part is there. It fails if another process downloads to the same name.
func Open(name, url string) (*Part, error) {
	path, err := atomicfile.Target(name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(url))
	p := &Part{path: path, url: hex.EncodeToString(sum[:])}
	file, there, err := openPart(path + suffix)
	if err != nil {
		return nil, err
	}
	p.file = file
	if err := p.measure(there.Size()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return p, nil
}

// openPart opens and locks a file that only its own name leads to. Its permissions are the umask's, because it becomes
// the whole.
func openPart(path string) (*os.File, fs.FileInfo, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|private.Carefully, 0o666) //nolint:gosec // see above
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = &fs.PathError{Op: "write", Path: path, Err: atomicfile.ErrNotRegular}
	case !private.TryLock(file) || !private.InPlace(path, info):
		err = fmt.Errorf("%s is being written by another process", path)
	default:
		info, err = file.Stat() // as it is now that nobody else writes to it
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, info, nil
}

// measure finds out what is there: a part of so many bytes, or a whole that may turn out to be one.
func (p *Part) measure(size int64) error {
	if size > 0 {
		if !p.recall() {
			return fmt.Errorf("%s%s exists, but it is unknown which download it belongs to: move it away to start again", p.path, suffix)
		}
		if p.of.URL != p.url {
			return p.restart()
		}
		p.offset = size
		return nil
	}
	p.of = origin{Total: -1}
	whole, err := os.Stat(p.path)
	switch {
	case err != nil:
		return nil // it is not there, or will be found out
	case !whole.Mode().IsRegular():
		return errors.Join(&fs.PathError{Op: "write", Path: p.path, Err: atomicfile.ErrNotRegular}, os.Remove(p.path+suffix))
	}
	p.offset, p.adopt = whole.Size(), whole.Size() > 0
	return nil
}

// recall reads what the part is the beginning of, and reports whether that is known.
func (p *Part) recall() bool {
	text, err := private.Read(p.path+infoSuffix, maxInfo)
	return err == nil && json.Unmarshal(text, &p.of) == nil && p.of.URL != ""
}

// Offset is how many bytes are there.
func (p *Part) Offset() int64 { return p.offset }

// Ask makes a request one for what is missing.
func (p *Part) Ask(h http.Header) {
	h.Del("Range")
	h.Del("If-Range")
	if p.offset > 0 {
		p.of.ask(h, p.offset)
	}
}

// Meet says what a response means, and gets ready for its body. After Again the request has to be sent again.
func (p *Part) Meet(resp *http.Response) (Verdict, error) {
	v := p.of.verdict(resp, p.offset)
	switch v {
	case Append:
		return v, p.goOn(resp.Header)
	case Whole:
		if err := p.restart(); err != nil {
			return v, err
		}
		return v, p.note(origin{ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified"), Total: resp.ContentLength})
	case Again:
		return v, p.restart()
	}
	return v, nil
}

// goOn makes what is at path the part, if it is not one yet.
func (p *Part) goOn(h http.Header) error {
	_, total, _ := contentRange(h.Get("Content-Range"))
	of := origin{ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified"), Total: total}
	if p.adopt {
		whole, err := os.Open(p.path)
		if err != nil {
			return err
		}
		n, err := io.Copy(p.file, io.LimitReader(whole, p.offset))
		if err = errors.Join(err, whole.Close()); err == nil && n < p.offset {
			err = fmt.Errorf("%s was truncated in the meantime", p.path)
		}
		if err != nil {
			return err
		}
		p.adopt = false
	}
	if _, err := p.file.Seek(p.offset, io.SeekStart); err != nil {
		return err
	}
	return p.note(of)
}

// restart forgets what was there.
func (p *Part) restart() error {
	p.of, p.offset, p.adopt = origin{Total: -1}, 0, false
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return p.file.Truncate(0)
}

// note writes down what the part is the beginning of, before its first byte.
func (p *Part) note(of origin) error {
	of.URL, p.of = p.url, of
	p.of.URL = p.url
	text, err := json.Marshal(p.of)
	if err != nil {
		return err
	}
	return private.Replace(p.path+infoSuffix, append(text, '\n'), false, func() bool { return true })
}

// Write implements io.Writer.
func (p *Part) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	p.offset += int64(n)
	return n, err
}

// Missing reports whether the server has said that there is more.
func (p *Part) Missing() bool { return p.of.Total > p.offset }

// Commit puts the part in the place of the whole, if it is that.
func (p *Part) Commit() error {
	if p.adopt {
		return p.Close() // the whole was there
	}
	if p.of.Total >= 0 && p.offset != p.of.Total {
		return fmt.Errorf("received %d bytes, but the server announced %d", p.offset, p.of.Total)
	}
	err := errors.Join(p.file.Sync(), p.file.Close()) // closed first: Windows renames no open file
	if err == nil {
		err = private.Rename(p.path+suffix, p.path)
	}
	if err == nil {
		err = os.Remove(p.path + infoSuffix)
	}
	return err
}

// Close keeps what is there for the next run; an empty part is removed. After Commit it does nothing.
func (p *Part) Close() error {
	if p.adopt || p.offset == 0 {
		_ = os.Remove(p.path + suffix)     // nobody else has it: it is locked
		_ = os.Remove(p.path + infoSuffix) // perhaps it was never written
	}
	if err := p.file.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}
