package main

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/arl-cli/arl/packaging/dist"
)

func TestMain(m *testing.M) {
	flag.String("dist", "", "the `directory` of a release that goreleaser has made, instead of building arl here")
	os.Exit(m.Run())
}

// openRelease reads a release, or makes as much of one as an image needs. Without -trimpath, because so
// most of it has been compiled by other checks.
func openRelease(t *testing.T) *dist.Dist {
	t.Helper()
	dir := flag.Lookup("dist").Value.String()
	if dir == "" {
		dir = filepath.Join(t.TempDir(), "dist")
		buildRelease(t, dir)
	}
	release, err := dist.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return release
}

func buildRelease(t *testing.T, dir string) {
	t.Helper()
	var artifacts []dist.Artifact
	for _, arch := range architectures() {
		a := dist.Artifact{Name: "arl", Path: "dist/" + arch + "/arl", Type: dist.Binary, Goos: "linux", Goarch: arch}
		name := filepath.Join(dir, arch, "arl")
		c := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w -X main.version=1.2.3-test", "-o", name, ".")
		c.Dir, c.Env = "../..", append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
		artifacts = append(artifacts, a)
	}
	putJSON(t, filepath.Join(dir, "artifacts.json"), artifacts)
	putJSON(t, filepath.Join(dir, "metadata.json"), map[string]string{"version": "1.2.3-test", "tag": "v1.2.2", "commit": "0123456789abcdef"})
}

func putJSON(t *testing.T, name string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err == nil {
		err = os.WriteFile(name, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// build makes the image, as a file.
func build(t *testing.T, release *dist.Dist) string {
	t.Helper()
	licence, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	index, err := newIndex(t.Context(), release, licence)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "image.tar")
	if err := save(index, release.Version, name); err != nil {
		t.Fatal(err)
	}
	return name
}

func sum(t *testing.T, name string) [sha256.Size]byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(text)
}

// open reads an image out of its file, as container engines do.
func open(t *testing.T, name string) v1.ImageIndex {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := extract(tar.NewReader(f), dir, false); err != nil {
		t.Fatal(err)
	}
	outer, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := outer.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("%d images in one file (%v)", len(manifest.Manifests), err)
	}
	index, err := outer.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func layersOf(t *testing.T, index v1.ImageIndex, arch string) []v1.Layer {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, descriptor := range manifest.Manifests {
		if descriptor.Platform.Architecture == arch {
			image, err := index.Image(descriptor.Digest)
			if err != nil {
				t.Fatal(err)
			}
			layers, err := image.Layers()
			if err != nil {
				t.Fatal(err)
			}
			return layers
		}
	}
	t.Fatalf("no image for %s", arch)
	return nil
}

// extract writes the files of an archive below a directory, with their owners if asked to.
func extract(archive *tar.Reader, dir string, owners bool) error {
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.Join(dir, filepath.FromSlash(header.Name))
		if err := extractOne(archive, header, name); err != nil {
			return err
		}
		if owners {
			if err := os.Chown(name, header.Uid, header.Gid); err != nil {
				return err
			}
		}
	}
}

func extractOne(archive io.Reader, header *tar.Header, name string) error {
	if header.Typeflag == tar.TypeDir {
		if err := os.MkdirAll(name, 0o755); err != nil {
			return err
		}
		return os.Chmod(name, header.FileInfo().Mode())
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	body, err := io.ReadAll(archive)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, body, 0o600); err != nil {
		return err
	}
	return os.Chmod(name, header.FileInfo().Mode())
}
