//go:build unix

package files

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe is not opened, which would wait for its reader, before there is something to write.
func TestPipe(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe")
	must(t, syscall.Mkfifo(name, 0o600))
	o, err := Streams{}.Create(name, 0o666)
	must(t, err)
	must(t, o.Discard())
	read := make(chan string)
	go func() {
		text, _ := os.ReadFile(name)
		read <- string(text)
	}()
	_, err = io.WriteString(o, "through")
	must(t, errors.Join(err, o.Commit()))
	if got := <-read; got != "through" {
		t.Errorf("the reader got %q", got)
	}
}
