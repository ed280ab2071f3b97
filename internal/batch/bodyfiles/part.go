package bodyfiles

import (
	"crypto/rand"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"strings"
)

// A Part is a file that is not complete yet.
type Part struct {
	dir  *Dir
	file *os.File
	name string
	size int64
	sum  hash.Hash
}

// A File is a response that is kept.
type File struct {
	Name   string // below the directory
	Size   int64  // bytes
	SHA256 [32]byte
}

// Write implements io.Writer.
func (p *Part) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	p.size += int64(n)
	p.sum.Write(b[:n])
	return n, err
}

// Keep puts the file, which is complete, in its place. If it fails there is none.
func (p *Part) Keep(a Answer) (*File, error) {
	err := errors.Join(p.file.Sync(), p.file.Close())
	var name string
	if err == nil {
		name, err = p.dir.claim(p.dir.template.name(&a))
	}
	if err == nil {
		if err = p.dir.root.Rename(p.name, name); err != nil {
			err = errors.Join(err, p.dir.root.Remove(name))
		}
	}
	if err != nil {
		return nil, errors.Join(err, p.dir.root.Remove(p.name))
	}
	return &File{Name: name, Size: p.size, SHA256: [32]byte(p.sum.Sum(nil))}, nil
}

// Discard takes the file away.
func (p *Part) Discard() error {
	return errors.Join(p.file.Close(), p.dir.root.Remove(p.name))
}

// numbered is how many files of one name get numbers. After that chance is quicker than counting.
const numbered = 9

// claim makes an empty file of a name that nothing has, this one or one like it, for a whole file to take
// its place. Whoever makes a file, in whichever process, has its name.
func (f *Dir) claim(name string) (string, error) {
	stem, ext := cutExt(name)
	for n := 1; ; n++ {
		switch {
		case n > numbered:
			name = fmt.Sprintf("%s~%s%s", stem, strings.ToLower(rand.Text()[:8]), ext)
		case n > 1:
			name = fmt.Sprintf("%s~%d%s", stem, n, ext)
		}
		file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			return name, file.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
}
