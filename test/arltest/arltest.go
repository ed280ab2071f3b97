// Package arltest gives tests the program as its users have it: a process of its own.
package arltest

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arl-cli/arl/cmd"
)

// Patience is how long tests wait for what is to happen. Nothing depends on how long it takes, so that a slow
// machine fails none of them.
const Patience = 4 * time.Minute

// Main is a TestMain: it puts arl into PATH, which is the test's own binary, and a browser that [browse] is. run is [cmd.Main], or does what that does.
func Main(m *testing.M, run func(cmd.Build) int) {
	testing.Init()
	_ = flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0))) // they wait for programs, mostly; -parallel goes before
	testscript.Main(m, map[string]func(){
		"arl": func() {
			code := withKeyring(func() int { return run(cmd.Build{Version: "1.2.3", Commit: "abcdef", Date: "2026-01-02"}) })
			os.Exit(code) //nolint:revive // this is main, of the program
		},
		"browse": func() { os.Exit(browse(os.Args[1:])) }, //nolint:revive // so is this
	})
}

// Measured tells whether figures in real time are held to their bars, as `make measured` does. In `go test`,
// beside other tests, they would tell more of the machine than of arl: there the rest of such a test is run.
func Measured() bool { return os.Getenv("MEASURE") != "" }

// SkipUnmeasured skips a test of nothing but figures in real time, unless they are held to their bars; and on Windows,
// which has no xargs, and no interrupt for another process.
func SkipUnmeasured(t *testing.T) {
	t.Helper()
	switch {
	case !Measured():
		t.Skip("figures in real time are only worth something alone on the machine: make measured")
	case runtime.GOOS == "windows":
		t.Skip("Windows has no xargs, and no interrupt for another process")
	}
}

// Write writes a file, readable for its owner.
func Write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
