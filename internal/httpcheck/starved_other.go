//go:build !windows

package httpcheck

import "syscall"

// starved are the errors that [Starved] knows.
func starved() []syscall.Errno {
	return []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL}
}
