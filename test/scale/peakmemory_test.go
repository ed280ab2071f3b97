//go:build linux

package scale_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// runWatched runs a program to its end, and tells what it has taken at most, in KiB.
func runWatched(c *exec.Cmd) (peak int, err error) {
	if err := c.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			return peak, err
		case <-time.After(20 * time.Millisecond):
			peak = max(peak, peakMemory(c.Process.Pid))
		}
	}
}

// peakMemory is what a process that runs has taken at most, in KiB; 0 once it has ended. What rusage says of a child is
// never below what this process had when it forked.
func peakMemory(pid int) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(found[1]))
	return n
}
