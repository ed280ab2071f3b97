package filestore

import (
	"slices"
	"time"
)

const (
	// lately is how long ago a process was seen that counts as one that uses a key.
	lately = int64(3 * time.Second)
	// often is how often it makes itself seen.
	often = int64(time.Second)
	// mostSharers is how many are counted.
	mostSharers = 128
)

// A sharer is a process that uses a key: whoever loses the file has to know how many there are, to keep to
// its share.
type sharer struct {
	id   uint64
	seen int64 // by the store's clock
}

// meet notes that a process uses the key, and forgets those that were not seen lately.
func (f *frame) meet(id uint64, now int64) {
	f.sharers = slices.DeleteFunc(f.sharers, func(u sharer) bool {
		return u.id == id || u.seen > now || now-u.seen > lately
	})
	if len(f.sharers) < mostSharers {
		f.sharers = append(f.sharers, sharer{id: id, seen: now})
	}
}

// unseen reports whether a process has to make itself seen.
func (f *frame) unseen(id uint64, now int64) bool {
	for _, u := range f.sharers {
		if u.id == id {
			return now-u.seen > often
		}
	}
	return len(f.sharers) < mostSharers
}

// others is how many processes but one have the key in use.
func (f *frame) others(id uint64) int {
	n := 0
	for _, u := range f.sharers {
		if u.id != id {
			n++
		}
	}
	return n
}
