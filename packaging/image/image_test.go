//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/arl-cli/arl/packaging/dist"
)

// What goreleaser made becomes an image, of which each part is looked into.
func TestImage(t *testing.T) {
	release := openRelease(t)
	name := build(t, release)
	index := open(t, name)
	t.Run("index", func(t *testing.T) { checkIndex(t, index, release) })
	for _, arch := range architectures() {
		t.Run("files for "+arch, func(t *testing.T) { checkFiles(t, untar(t, index, arch)) })
	}
	t.Run("runs", func(t *testing.T) { checkRuns(t, index, release.Version) })
	t.Run("trusts", func(t *testing.T) { checkTrusts(t, index) })
	t.Run("push", func(t *testing.T) { checkPush(t, index) })
	t.Run("same twice", func(t *testing.T) {
		if sum(t, name) != sum(t, build(t, release)) {
			t.Error("two images of one release differ")
		}
	})
}

// checkIndex: the image is an index of two, one for each architecture, and each says how it is run.
func checkIndex(t *testing.T, index v1.ImageIndex, release *dist.Dist) {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if manifest.MediaType != types.OCIImageIndex || len(manifest.Manifests) != 2 {
		t.Fatalf("media type %s, %d images", manifest.MediaType, len(manifest.Manifests))
	}
	if got := manifest.Annotations["org.opencontainers.image.version"]; got != release.Version {
		t.Errorf("the index is annotated with version %q", got)
	}
	for i, arch := range architectures() {
		descriptor := manifest.Manifests[i]
		if got := descriptor.Platform.String(); got != "linux/"+arch {
			t.Errorf("image %d is for %s", i, got)
		}
		image, err := index.Image(descriptor.Digest)
		if err != nil {
			t.Fatal(err)
		}
		checkConfig(t, image, arch, release.Version, release.Commit)
	}
}

func checkConfig(t *testing.T, image v1.Image, arch, version, commit string) {
	t.Helper()
	got, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got.OS != "linux" || got.Architecture != arch {
		t.Errorf("the image for %s says it is for %s/%s", arch, got.OS, got.Architecture)
	}
	if got.Config.User != "65532:65532" || got.Config.WorkingDir != "/home/arl" {
		t.Errorf("user %q, directory %q", got.Config.User, got.Config.WorkingDir)
	}
	if !slices.Equal(got.Config.Entrypoint, []string{"/usr/bin/arl"}) || got.Config.Cmd != nil {
		t.Errorf("entry point %q, command %q", got.Config.Entrypoint, got.Config.Cmd)
	}
	if want := []string{"PATH=/usr/bin", "HOME=/home/arl"}; !slices.Equal(got.Config.Env, want) {
		t.Errorf("environment %q, want %q", got.Config.Env, want)
	}
	labels := got.Config.Labels
	if labels["org.opencontainers.image.version"] != version || labels["org.opencontainers.image.revision"] != commit ||
		labels["org.opencontainers.image.source"] != "https://github.com/arl-cli/arl" || labels["org.opencontainers.image.licenses"] != "MIT" {
		t.Errorf("labels %q", labels)
	}
	created, err := time.Parse(time.RFC3339, labels["org.opencontainers.image.created"])
	if err != nil || !created.Equal(got.Created.Time) || created.Year() < 2020 {
		t.Errorf("created %v, labelled %v (%v)", got.Created, created, err)
	}
}

// checkFiles: what is in the image, to the last file, is what is named here, time zones, and the directories of both.
func checkFiles(t *testing.T, files map[string]stored) {
	t.Helper()
	want := map[string]string{
		"usr/bin/arl":                       "-rwxr-xr-x 0",
		"usr/share/licenses/arl/LICENSE":    "-rw-r--r-- 0",
		"etc/passwd":                        "-rw-r--r-- 0",
		"etc/group":                         "-rw-r--r-- 0",
		"etc/ssl/certs/ca-certificates.crt": "-rw-r--r-- 0",
		"home/arl/":                         "drwx------ 65532",
		"tmp/":                              "dtrwxrwxrwx 0",
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		got := fmt.Sprintf("%s %d", f.FileInfo().Mode(), f.Uid)
		expected, known := want[name]
		if !known && strings.HasSuffix(name, "/") {
			expected = "drwxr-xr-x 0"
		}
		if _, zone := strings.CutPrefix(name, zoneDir); zone && f.Typeflag == tar.TypeReg {
			expected = "-rw-r--r-- 0"
		}
		if got != expected {
			t.Errorf("%s is %s, want %q", name, got, expected)
		}
		delete(want, name)
	}
	if len(want) != 0 {
		t.Errorf("missing: %q", slices.Sorted(maps.Keys(want)))
	}
	checkZones(t, files)
}

const zoneDir = "usr/share/zoneinfo/"

func checkZones(t *testing.T, files map[string]stored) {
	t.Helper()
	zones := 0
	for name, f := range files {
		zone, ok := strings.CutPrefix(name, zoneDir)
		if !ok || f.Typeflag == tar.TypeDir {
			continue
		}
		zones++
		if _, err := time.LoadLocationFromTZData(zone, f.body); err != nil {
			t.Errorf("%s: %v", zone, err)
		}
	}
	if _, ok := files[zoneDir+"Europe/Berlin"]; !ok || zones < 400 {
		t.Errorf("%d time zones, Europe/Berlin: %v", zones, ok)
	}
}

func TestRoots(t *testing.T) {
	pool := x509.NewCertPool()
	text := roots()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("no certificate")
	}
	if count := bytes.Count(text, []byte("BEGIN CERTIFICATE")); count < 80 {
		t.Errorf("%d authorities", count)
	}
}

func TestTags(t *testing.T) {
	for version, want := range map[string]string{
		"1.2.3":              "1.2.3 1.2 1 latest",
		"0.1.0":              "0.1.0 0.1 0 latest",
		"1.2.3-rc.1":         "1.2.3-rc.1",
		"1.2.3-next":         "1.2.3-next",
		"1.2.3+build":        "1.2.3_build",
		"2.0.0-beta.1+build": "2.0.0-beta.1_build",
	} {
		if got := strings.Join(tags(version), " "); got != want {
			t.Errorf("tags(%q) = %q, want %q", version, got, want)
		}
	}
}

// A stored is a file of the image.
type stored struct {
	*tar.Header
	body []byte
}

// untar reads the files of all layers, and fails where one hides another's.
func untar(t *testing.T, index v1.ImageIndex, arch string) map[string]stored {
	t.Helper()
	files := make(map[string]stored)
	for _, layer := range layersOf(t, index, arch) {
		r, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		archive := tar.NewReader(r)
		for {
			header, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			if _, twice := files[header.Name]; twice && !strings.HasSuffix(header.Name, "/") {
				t.Errorf("%s is in two layers", header.Name)
			}
			files[header.Name] = stored{header, body}
		}
	}
	return files
}
