package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/arl-cli/arl/test/arltest"
)

// awaitIdle waits until a job has done what it can do by itself, where nothing that it says or sends would show that:
//
//	idle name
//
// It has when all its threads sleep and go on sleeping, without having got any of the processors. One that is kept
// from running by a busy machine does not sleep. Elsewhere than on Linux a while has to do.
func awaitIdle(ts *testscript.TestScript, args []string) {
	if runtime.GOOS != "linux" {
		time.Sleep(time.Second)
		return
	}
	pid := stageOf(ts).jobs[args[0]].cmd.Process.Pid
	const looks, apart = 10, 30 * time.Millisecond
	before := ""
	for end, same := time.Now().Add(arltest.Patience), 0; same < looks; time.Sleep(apart) {
		now, asleep := threadsOf(pid)
		same++
		if !asleep || now != before {
			same = 0
		}
		before = now
		if time.Now().After(end) {
			ts.Fatalf("%s is never idle:\n%s", args[0], now)
		}
	}
}

// threadsOf says what each thread of a process has used of the processors, and whether all of them sleep.
func threadsOf(pid int) (used string, asleep bool) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	asleep = len(threads) > 0
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		_, rest, found := bytes.Cut(text, []byte(") ")) // after the program's name: state, ..., utime and stime
		fields := bytes.Fields(rest)
		if err != nil || !found || len(fields) < 13 {
			return used, false
		}
		asleep = asleep && string(fields[0]) == "S"
		used += fmt.Sprintf("%s %s %s\n", thread, fields[11], fields[12])
	}
	return used, asleep
}
