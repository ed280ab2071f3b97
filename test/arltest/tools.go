package arltest

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
)

// NeedTools skips a test that lacks a program. CI installs them on Linux, where none may be missing.
func NeedTools(t *testing.T, tools ...string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the scripts are for a Unix shell")
	}
	for _, tool := range tools {
		_, err := exec.LookPath(tool)
		if err != nil && os.Getenv("CI") != "" && runtime.GOOS == "linux" {
			t.Fatal(err)
		}
		if err != nil {
			t.Skip(err)
		}
	}
}
