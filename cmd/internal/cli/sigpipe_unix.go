//go:build unix

package cli

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// ReaderGone reports whether nobody reads any more what is written to a pipe, without writing to it.
func ReaderGone(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	fds := []unix.PollFd{{Fd: int32(f.Fd())}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}
