package session

import "time"

// How often a line is redrawn in place.
const (
	RedrawEvery = 200 * time.Millisecond
	PipedEvery  = time.Second // where another program may be writing to the same terminal
)
