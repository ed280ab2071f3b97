package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// system is what arl needs of an operating system: whom to trust, what time it is elsewhere, and a place for its files.
func system(ctx context.Context) ([]file, error) {
	zones, err := zones(ctx)
	if err != nil {
		return nil, fmt.Errorf("time zones: %w", err)
	}
	return append(zones,
		file{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, body: roots()},
		file{name: "etc/passwd", mode: 0o644, body: fmt.Appendf(nil,
			"root:x:0:0:root:/:/sbin/nologin\narl:x:%d:%[1]d::/home/arl:/sbin/nologin\n", nobody)},
		file{name: "etc/group", mode: 0o644, body: fmt.Appendf(nil, "root:x:0:\narl:x:%d:\n", nobody)},
		file{name: "home/arl/", mode: 0o700, owner: nobody},
		file{name: "tmp/", mode: 0o1777},
	), nil
}

// roots are the authorities that Mozilla trusts, in the version that go.sum pins. Those that it trusts only up to a
// date, or for some certificates, are left out: PEM has no way to say so.
func roots() []byte {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) //nolint:errcheck // a buffer takes everything
		}
	}
	return text.Bytes()
}

// zones are the time zones that come with the Go that builds arl.
func zones(ctx context.Context) (files []file, err error) {
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return nil, err
	}
	defer archive.Close() //nolint:errcheck // it was only read
	for _, entry := range archive.File {
		if strings.HasSuffix(entry.Name, "/") {
			continue
		}
		body, err := content(entry)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: "usr/share/zoneinfo/" + entry.Name, mode: 0o644, body: body})
	}
	return files, nil
}

func content(entry *zip.File) ([]byte, error) {
	r, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
