package fetch

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/input"
)

// many is an endless reader.
type many struct{}

func (many) Read(p []byte) (int, error) { return len(p), nil }

func TestContentIsReadAgainEachTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "big")
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), inline+1), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &content{}
	c.text([]byte("<"))
	if err := c.read(path, nil); err != nil {
		t.Fatal(err)
	}
	c.text([]byte(">"))
	if _, ok := c.memory(); ok {
		t.Error("a large file is in memory")
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://h", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.attach(req)
	if req.ContentLength != inline+3 {
		t.Errorf("length %d, want %d", req.ContentLength, inline+3)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("y"), inline+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		body, err := req.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(body)
		if want := "<" + strings.Repeat("y", inline+1) + ">"; err != nil || string(b) != want {
			t.Errorf("%d bytes, %v, want the file between brackets", len(b), err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(c.open())
	if !failure.Is[*input.Error](err) {
		t.Errorf("the file has gone: %v, want an InputError", err)
	}
}

// A file that grows while it is sent is sent as long as it was said to be.
func TestContentOfAGrowingFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, make([]byte, inline+1), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &content{}
	if err := c.read(path, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, make([]byte, inline+9), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, c.open()); err != nil || n != inline+1 {
		t.Errorf("%d bytes, %v, want %d", n, err, inline+1)
	}
}

func TestContentOfStandardInput(t *testing.T) {
	t.Parallel()
	c := &content{}
	if err := c.read("-", strings.NewReader("text")); err != nil {
		t.Fatal(err)
	}
	if b, ok := c.memory(); !ok || string(b) != "text" || c.size() != 4 {
		t.Errorf("%q, %v, want text in memory", b, ok)
	}
	const all = maxKept + 10
	c = &content{}
	if err := c.read("-", io.LimitReader(many{}, all)); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://h", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.attach(req)
	if req.GetBody != nil || req.ContentLength != -1 {
		t.Errorf("GetBody is there: %v, length %d, want neither", req.GetBody != nil, req.ContentLength)
	}
	if n, err := io.Copy(io.Discard, req.Body); err != nil || n != all {
		t.Errorf("%d bytes, %v, want %d", n, err, all)
	}
}

func TestContentThatIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{filepath.Join(dir, "nothing"), dir} {
		if err := (&content{}).read(name, nil); !failure.Is[*input.Error](err) {
			t.Errorf("%s: %v, want an InputError", name, err)
		}
	}
	broken := errors.New("broken")
	if err := (&content{}).read("-", io.MultiReader(strings.NewReader("x"), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
