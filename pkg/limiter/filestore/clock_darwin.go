package filestore

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot returns nanoseconds since boot. It goes on while the machine sleeps and is the same in
// every process.
func sinceBoot() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return time.Now().UnixNano()
	}
	return ts.Nano()
}

// bootID names this boot of the machine.
func bootID() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}
