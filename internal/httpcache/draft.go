package httpcache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// A draft is a body that is being received: in memory while it is small, then in a file. After an error it takes
// nothing any more: the response goes on without being stored.
type draft struct {
	cache  *Cache
	names  names
	small  []byte
	file   *os.File
	sum    hash.Hash32
	sha    hash.Hash
	size   int64
	taken  int64 // of the cache's quota
	failed error
}

func newDraft(c *Cache, n names) *draft {
	return &draft{cache: c, names: n, sum: crc32.New(checksum()), sha: sha256.New()}
}

var errTooLarge = errors.New("larger than one response may be in the cache")

// write adds to the body.
func (d *draft) write(p []byte) {
	if d.failed != nil || len(p) == 0 {
		return
	}
	d.size += int64(len(p))
	_, _ = d.sha.Write(p)
	if d.size > d.cache.largest() {
		d.fail(errTooLarge)
		return
	}
	if d.file == nil && d.size <= mostInline {
		d.small = append(d.small, p...)
		return
	}
	if err := d.spill(p); err != nil {
		d.fail(err)
	}
}

// spill writes to the file, at first what was in memory.
func (d *draft) spill(p []byte) (err error) {
	if d.file == nil {
		if d.file, err = d.cache.temporary(); err != nil {
			return err
		}
		small := d.small
		d.small = nil
		if err := d.spill(small); err != nil {
			return err
		}
	}
	if err := d.cache.take(int64(len(p))); err != nil {
		return err
	}
	d.taken += int64(len(p))
	_, _ = d.sum.Write(p)
	_, err = d.file.Write(p)
	return err
}

func (d *draft) fail(err error) {
	d.discard()
	d.failed = err
	d.cache.failing(err)
}

// discard gives the body up.
func (d *draft) discard() {
	if d.file != nil {
		d.cache.free(d.taken)
		_ = d.file.Close()
		_ = os.Remove(d.file.Name())
	}
	d.file, d.small, d.failed = nil, nil, io.ErrClosedPipe
}

// finish puts a large body in its place, under a name that no other has, and fills in where it is.
func (d *draft) finish(m *meta) (inline []byte, err error) {
	if d.failed != nil {
		return nil, d.failed
	}
	m.Size, m.SHA256 = d.size, hex.EncodeToString(d.sha.Sum(nil))
	if d.file == nil {
		return d.small, nil
	}
	m.Sum = d.sum.Sum32()
	m.BodyFile = d.names.entry + "-" + filepath.Base(d.file.Name()) + bodySuffix
	err = d.file.Close()
	if err == nil {
		err = d.cache.rename(d.file.Name(), d.cache.directory(d.names), m.BodyFile)
	}
	if err != nil {
		_ = os.Remove(d.file.Name())
	}
	d.file = nil
	return nil, err
}

const bodySuffix = ".body"
