package main

import (
	"errors"
	"io/fs"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// save writes the image as an OCI layout in a tar file, which docker load, podman load and skopeo read.
func save(index v1.ImageIndex, version, name string) error {
	dir, err := os.MkdirTemp("", "arl-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is in the directory for such things
	written, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	tag := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": version})
	if err := written.AppendIndex(index, tag); err != nil {
		return err
	}
	files, err := filesIn(os.DirFS(dir))
	if err != nil {
		return err
	}
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(writeTar(out, files, time.Unix(0, 0)), out.Close())
}

// filesIn reads all files of a directory.
func filesIn(dir fs.FS) (files []file, err error) {
	err = fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(dir, name)
		files = append(files, file{name: name, mode: 0o644, body: body})
		return err
	})
	return files, err
}
