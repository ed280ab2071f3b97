package session

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFirstTime(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "live")
	if !firstTime(dir, "x") || firstTime(dir, "x") || !firstTime(dir, "y") {
		t.Error("not the first time once")
	}
	file := filepath.Join(dir, "x")
	if !firstTime(file, "x") || !firstTime("", "x") {
		t.Error("where nothing can be kept it is always the first time")
	}
	if info, err := os.Stat(file); err != nil || info.Size() != 0 {
		t.Error(info, err)
	}
}
