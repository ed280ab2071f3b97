package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/arl-cli/arl/packaging/dist"
)

// architectures are those of the image; goreleaser builds arl for each.
func architectures() []string { return []string{"amd64", "arm64"} }

// newIndex makes the image of a release, for every architecture.
func newIndex(ctx context.Context, release *dist.Dist, licence []byte) (v1.ImageIndex, error) {
	base, err := system(ctx)
	if err != nil {
		return nil, err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	var labels map[string]string
	for _, arch := range architectures() {
		binary, err := release.For(dist.Binary, "linux", arch)
		if err != nil {
			return nil, err
		}
		info, err := os.Stat(binary.Path)
		if err != nil {
			return nil, err
		}
		// The binary bears the time of the commit (mod_timestamp), and so does all that is in the image.
		at := info.ModTime().UTC().Truncate(time.Second)
		labels = labelsOf(release, at)
		program, err := program(binary.Path, licence)
		if err != nil {
			return nil, err
		}
		image, err := newImage(arch, at, labels, base, program)
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        image,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}},
		})
	}
	return mutate.Annotations(index, labels).(v1.ImageIndex), nil
}

// newImage makes the image for one architecture, a layer of each group of files. What changes least comes first.
func newImage(arch string, at time.Time, labels map[string]string, groups ...[]file) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(image, config(arch, at, labels))
	if err != nil {
		return nil, err
	}
	for _, files := range groups {
		layer, err := newLayer(files, at)
		if err != nil {
			return nil, err
		}
		image, err = mutate.Append(image, mutate.Addendum{
			Layer: layer, MediaType: types.OCILayer, History: v1.History{Created: v1.Time{Time: at}, CreatedBy: "packaging/image"},
		})
		if err != nil {
			return nil, err
		}
	}
	return mutate.Annotations(image, labels).(v1.Image), nil
}

// program is arl itself, with its licence.
func program(binary string, licence []byte) ([]file, error) {
	body, err := os.ReadFile(filepath.Clean(binary))
	return []file{
		{name: "usr/bin/arl", mode: 0o755, body: body},
		{name: "usr/share/licenses/arl/LICENSE", mode: 0o644, body: licence},
	}, err
}
