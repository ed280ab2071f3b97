package manifests

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arl-cli/arl/packaging/dist"
)

func TestMain(m *testing.M) {
	flag.String("dist", "", "the `directory` of a release that goreleaser has made")
	os.Exit(m.Run())
}

// A release is what goreleaser has made.
type release struct {
	*dist.Dist
	t *testing.T
}

// openRelease reads it. Without one, what goreleaser is told is all that can be tested; see config_test.go.
func openRelease(t *testing.T) *release {
	t.Helper()
	dir := flag.Lookup("dist").Value.String()
	if dir == "" {
		t.Skip("no release to look into: make snapshot-check makes one")
	}
	d, err := dist.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &release{d, t}
}

// tool skips a test whose program is missing, but in CI fails it.
func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "" {
			t.Skipf("no %s here", name)
		}
		t.Fatal(err)
	}
}

// read returns a file of the release.
func (r *release) read(name string) []byte {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.Dir, filepath.FromSlash(name)))
	if err != nil {
		r.t.Fatal(err)
	}
	return text
}

// archive is what is published for one system.
func (r *release) archive(goos, goarch string) archive {
	r.t.Helper()
	found, err := r.For(dist.Archive, goos, goarch)
	if err != nil {
		r.t.Fatal(err)
	}
	body, err := os.ReadFile(found.Path)
	if err != nil {
		r.t.Fatal(err)
	}
	hash := sha256.Sum256(body)
	return archive{
		url:    "https://github.com/arl-cli/arl/releases/download/" + r.Tag + "/" + found.Name,
		sha256: hex.EncodeToString(hash[:]),
		path:   found.Path,
		files:  unpack(r.t, found.Name, body),
	}
}

// An archive is what a package manager downloads.
type archive struct {
	url    string
	sha256 string
	path   string
	files  map[string]content
}

// content is a file of an archive.
type content struct {
	mode fs.FileMode
	body []byte
}

func unpack(t *testing.T, name string, body []byte) map[string]content {
	t.Helper()
	read := unpackTar
	if strings.HasSuffix(name, ".zip") {
		read = unpackZip
	}
	files, err := read(body)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return files
}

func unpackTar(body []byte) (map[string]content, error) {
	uncompressed, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return entries(tar.NewReader(uncompressed))
}

func entries(r *tar.Reader) (map[string]content, error) {
	files := make(map[string]content)
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		files[header.Name] = content{header.FileInfo().Mode(), text}
	}
}

func unpackZip(body []byte) (map[string]content, error) {
	r, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, err
	}
	files := make(map[string]content)
	for _, f := range r.File {
		opened, err := f.Open()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(opened)
		if err != nil {
			return nil, err
		}
		files[f.Name] = content{f.Mode(), text}
	}
	return files, nil
}

// pages are the manual pages that every package has, by name: all that are in man/.
func pages(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("../../man/*.[17]")
	if err != nil || len(list) < 30 {
		t.Fatalf("%d manual pages (%v)", len(list), err)
	}
	for i, page := range list {
		list[i] = filepath.Base(page)
	}
	return list
}
