//go:build !unix

package cli

import "io"

// ReaderGone reports nothing here: the next write finds out.
func ReaderGone(io.Writer) bool { return false }
