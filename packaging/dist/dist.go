// Package dist reads the directory that goreleaser has written a release to.
package dist

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// The types of artifacts that are looked for, as goreleaser calls them.
const (
	Binary  = "Binary"
	Archive = "Archive"
	Package = "Linux Package"
	SBOM    = "SBOM"
)

// A Dist is a release, or a snapshot of one.
type Dist struct {
	Dir       string
	Version   string
	Tag       string
	Commit    string
	Artifacts []Artifact
}

// An Artifact is a file of a release.
type Artifact struct {
	Name   string `json:"name"`
	Path   string `json:"path"` // that can be opened
	Type   string `json:"type"`
	Goos   string `json:"goos"`
	Goarch string `json:"goarch"`
}

// Open reads what goreleaser says of a directory.
func Open(dir string) (*Dist, error) {
	d := &Dist{Dir: dir}
	if err := read(filepath.Join(dir, "metadata.json"), d); err != nil {
		return nil, err
	}
	if err := read(filepath.Join(dir, "artifacts.json"), &d.Artifacts); err != nil {
		return nil, err
	}
	// Paths are relative to where goreleaser ran, which is beside its directory.
	for i, a := range d.Artifacts {
		d.Artifacts[i].Path = filepath.Join(filepath.Dir(dir), a.Path)
	}
	return d, nil
}

func read(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%w (goreleaser writes it: make snapshot)", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// Of returns the artifacts of a type, of every system.
func (d *Dist) Of(kind string) (list []Artifact) {
	for _, a := range d.Artifacts {
		if a.Type == kind {
			list = append(list, a)
		}
	}
	return list
}

// For returns the artifact of a type for one system.
func (d *Dist) For(kind, goos, goarch string) (Artifact, error) {
	for _, a := range d.Of(kind) {
		if a.Goos == goos && a.Goarch == goarch {
			return a, nil
		}
	}
	return Artifact{}, fmt.Errorf("%s has no %s for %s/%s", d.Dir, kind, goos, goarch)
}
