package filestore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/arl-cli/arl/pkg/limiter/filestore"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := filestore.Check(filepath.Join(dir, "not", "there")); err != nil {
		t.Errorf("Check = %v", err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("it left %v, %v", files, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if filestore.Check(file) == nil || filestore.Check(filepath.Join(file, "below")) == nil {
		t.Error("Check of a file = nil, want an error")
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	boot, since := filestore.Clock()
	again, later := filestore.Clock()
	if boot != again || since <= 0 || later < since {
		t.Errorf("Clock = %q %v, then %q %v", boot, since, again, later)
	}
}
