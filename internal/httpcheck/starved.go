package httpcheck

import "errors"

// Starved reports whether an attempt failed because this machine has no file descriptor, port or memory left for a
// connection. That passes, and says nothing of the server.
func Starved(err error) bool {
	for _, errno := range starved() {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
