//go:build unix

package tokens

import (
	"errors"
	"syscall"
)

const (
	noFollow = syscall.O_NOFOLLOW
	noWait   = syscall.O_NONBLOCK // for a pipe that somebody put there
)

// isLink reports whether a file was not opened because it is a link. BSDs say EMLINK or EFTYPE.
func isLink(err error) bool {
	return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK)
}
