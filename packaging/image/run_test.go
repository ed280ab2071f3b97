//go:build linux

package main

import (
	"archive/tar"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A container is the image's files in a directory, and what runs in it: alone with them and as the image's user where
// the test may do that (root), else on the host with the image's authorities.
type container struct {
	t    *testing.T
	root string
}

func newContainer(t *testing.T, index v1.ImageIndex) *container {
	t.Helper()
	c := &container{t: t, root: t.TempDir()}
	for _, layer := range layersOf(t, index, runtime.GOARCH) {
		r, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		if err := extract(tar.NewReader(r), c.root, os.Getuid() == 0); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{c.root, filepath.Dir(c.root)} { // a test's directories are closed to other users
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *container) path(name string) string { return filepath.Join(c.root, name) }

// write adds or replaces a file, which all may read.
func (c *container) write(name, text string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Dir(c.path(name)), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(c.path(name), []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

func (c *container) arl(args ...string) (string, error) {
	cmd := exec.CommandContext(c.t.Context(), "/usr/bin/arl", args...)
	cmd.Env = []string{"PATH=/usr/bin", "HOME=/home/arl"}
	cmd.Dir = "/home/arl"
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	} else {
		cmd.Path = c.path("usr/bin/arl")
		cmd.Dir = c.path("home/arl")
		cmd.Env = []string{"HOME=" + cmd.Dir, "SSL_CERT_DIR=/nonexistent", "SSL_CERT_FILE=" + c.path("etc/ssl/certs/ca-certificates.crt")}
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// checkRuns: with nothing beside it but the image's files, arl runs, and remembers what a server allows.
func checkRuns(t *testing.T, index v1.ImageIndex, version string) {
	t.Helper()
	c := newContainer(t, index)
	if out, err := c.arl("version"); err != nil || !strings.Contains(out, version) {
		t.Errorf("arl version: %v\n%s", err, out)
	}
	if out, err := c.arl("get", "sandbox", "/items/1"); err != nil || !strings.Contains(out, `"id"`) {
		t.Errorf("arl get sandbox /items/1: %v\n%s", err, out)
	}
	if out, err := c.arl("rates"); err != nil || !strings.Contains(out, "sandbox") {
		t.Errorf("arl rates: %v\n%s", err, out)
	}
}

// checkTrusts: the image's authorities are those that arl trusts, so a server is believed once its own is among them.
func checkTrusts(t *testing.T, index v1.ImageIndex) {
	t.Helper()
	c := newContainer(t, index)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("trusted"))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that is to fail
	server.StartTLS()
	defer server.Close()
	c.write("home/arl/.config/arl/config.yaml", "apis:\n  test:\n    base_url: "+server.URL+"\n")
	if out, err := c.arl("get", "test", "/"); exitCode(err) != 60 {
		t.Errorf("an unknown authority: %v, want exit code 60\n%s", err, out)
	}
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	c.write("etc/ssl/certs/ca-certificates.crt", string(roots())+string(authority))
	if out, err := c.arl("get", "test", "/"); err != nil || !strings.HasPrefix(out, "trusted") {
		t.Errorf("a known authority: %v\n%s", err, out)
	}
}

func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return 0
}
