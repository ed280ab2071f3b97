package main

import (
	"fmt"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/arl-cli/arl/packaging/dist"
)

// config says how the image is run.
func config(arch string, at time.Time, labels map[string]string) *v1.ConfigFile {
	return &v1.ConfigFile{
		OS: "linux", Architecture: arch, Created: v1.Time{Time: at},
		Config: v1.Config{
			User:       fmt.Sprintf("%d:%[1]d", nobody), // numbers, which runAsNonRoot of Kubernetes insists on
			Env:        []string{"PATH=/usr/bin", "HOME=/home/arl"},
			WorkingDir: "/home/arl",
			Entrypoint: []string{"/usr/bin/arl"},
			Labels:     labels,
		},
		RootFS: v1.RootFS{Type: "layers"},
	}
}

// labelsOf are those that registries and scanners read, see
// https://github.com/opencontainers/image-spec/blob/main/annotations.md.
func labelsOf(release *dist.Dist, at time.Time) map[string]string {
	const home = "https://github.com/arl-cli/arl"
	return map[string]string{
		"org.opencontainers.image.title":         "arl",
		"org.opencontainers.image.description":   "Send HTTP requests as fast as an API allows, and no faster",
		"org.opencontainers.image.url":           home,
		"org.opencontainers.image.source":        home,
		"org.opencontainers.image.documentation": home + "#readme",
		"org.opencontainers.image.licenses":      "MIT",
		"org.opencontainers.image.version":       release.Version,
		"org.opencontainers.image.revision":      release.Commit,
		"org.opencontainers.image.created":       at.Format(time.RFC3339),
	}
}
