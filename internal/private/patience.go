package private

import (
	"os"
	"time"
)

// How long a file is waited for that another process has just open or is about to replace. Nothing here holds one for
// longer than it takes to read it; a virus scanner may.
const (
	busyPatience = 2 * time.Second
	busyLongest  = 50 * time.Millisecond // between two tries
)

// Rename puts a file in the place of another. Where a file cannot be replaced while somebody reads it, as on Windows,
// it waits for that.
func Rename(from, to string) error {
	return whileBusy(func() error { return os.Rename(from, to) }, inTheWay)
}

// Opened opens a file that others replace by [Rename]. Where it cannot be opened meanwhile, it waits for that.
func Opened(open func() (*os.File, error)) (file *os.File, err error) {
	err = whileBusy(func() error {
		file, err = open()
		return err
	}, replacing)
	return file, err
}

// whileBusy tries something again while it fails because of somebody who will be done soon.
func whileBusy(try func() error, busy func(error) bool) error {
	began := time.Now()
	for pause := time.Millisecond; ; pause = min(2*pause, busyLongest) {
		err := try()
		if err == nil || !busy(err) || time.Since(began) > busyPatience {
			return err
		}
		time.Sleep(pause)
	}
}
