package main

import (
	"archive/tar"
	"bytes"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// nobody is the user and the group that arl runs as: a number that belongs to no account of any host, and that
// Kubernetes can tell from root without a look into the image (runAsNonRoot).
const nobody = 65532

// A file is an entry of a layer; a directory if its name ends in a slash.
type file struct {
	name  string
	mode  int64
	owner int
	body  []byte
}

func (f file) isDir() bool { return strings.HasSuffix(f.name, "/") }

// newLayer makes a layer of files.
func newLayer(files []file, at time.Time) (v1.Layer, error) {
	var archive bytes.Buffer
	if err := writeTar(&archive, files, at); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
}

// writeTar writes the same bytes for the same files: sorted, with every directory, all at one time.
func writeTar(to io.Writer, files []file, at time.Time) error {
	w := tar.NewWriter(to)
	for _, f := range withParents(files) {
		if err := w.WriteHeader(f.header(at)); err != nil {
			return err
		}
		if _, err := w.Write(f.body); err != nil {
			return err
		}
	}
	return w.Close()
}

func (f file) header(at time.Time) *tar.Header {
	h := &tar.Header{
		Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode,
		Uid: f.owner, Gid: f.owner, Size: int64(len(f.body)), ModTime: at,
	}
	if f.isDir() {
		h.Typeflag = tar.TypeDir
	}
	return h
}

// withParents adds the directories that files are in, and sorts all: a directory comes before what is in it.
func withParents(files []file) []file {
	all := make(map[string]file)
	for _, f := range files {
		all[f.name] = f
	}
	for _, f := range files {
		for dir := path.Dir(strings.TrimSuffix(f.name, "/")); dir != "."; dir = path.Dir(dir) {
			if _, known := all[dir+"/"]; !known {
				all[dir+"/"] = file{name: dir + "/", mode: 0o755}
			}
		}
	}
	var list []file
	for _, f := range all {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return list
}
