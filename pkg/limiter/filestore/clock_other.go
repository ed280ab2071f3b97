//go:build !linux && !darwin

package filestore

import "time"

// sinceBoot is the calendar where the time since boot is too coarse to pace with. A clock that is
// set back shows as a state written in the future, and is treated like another boot.
func sinceBoot() int64 { return time.Now().UnixNano() }

func bootID() string { return "" }
