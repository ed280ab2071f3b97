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
	// mostUsers is how many are counted.
	mostUsers = 128
)

// A user is a process that uses a key: whoever loses the file has to know how many there are, to keep to
// its share.
type user struct {
	id   uint64
	seen int64 // by the store's clock
}

// meet notes that a process uses the key, and forgets those that were not seen lately.
func (f *frame) meet(id uint64, now int64) {
	f.users = slices.DeleteFunc(f.users, func(u user) bool {
		return u.id == id || u.seen > now || now-u.seen > lately
	})
	if len(f.users) < mostUsers {
		f.users = append(f.users, user{id: id, seen: now})
	}
}

// unseen reports whether a process has to make itself seen.
func (f *frame) unseen(id uint64, now int64) bool {
	for _, u := range f.users {
		if u.id == id {
			return now-u.seen > often
		}
	}
	return len(f.users) < mostUsers
}

// others is how many processes but one have the key in use.
func (f *frame) others(id uint64) int {
	n := 0
	for _, u := range f.users {
		if u.id != id {
			n++
		}
	}
	return n
}
