package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The program stays below 20 MB. It would not if something linked text/template, as cobra's templates do:
// then the linker keeps every method there is.
func TestSize(t *testing.T) {
	t.Parallel()
	const most = 20_000_000
	arl := filepath.Join(t.TempDir(), "arl")
	c := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", arl, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fi, err := os.Stat(arl)
	if err != nil {
		t.Fatal(err)
	}
	if fi.Size() > most {
		t.Errorf("%d bytes, want at most %d", fi.Size(), most)
	}
}
