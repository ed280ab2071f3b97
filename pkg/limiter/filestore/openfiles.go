package filestore

import "sync"

const (
	// MaxOpen is how many keys have their files open in one process: a list of URLs may have any number of hosts.
	MaxOpen = 64
	// maxCloseAttempts bounds how many files that are in use are passed over to find one to close.
	maxCloseAttempts = 8
)

// openFiles are the cells whose files are open, the one opened first in front.
type openFiles struct {
	mu    sync.Mutex
	cells []*cell
}

// opened notes that a cell has opened its file, and closes that of another one if there are too many. The cell's mu is
// held, so others are only tried.
func (o *openFiles) opened(c *cell) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.listed = true
	o.cells = append(o.cells, c)
	for range maxCloseAttempts {
		if len(o.cells) <= MaxOpen {
			return
		}
		first := o.cells[0]
		o.cells = o.cells[1:]
		if first == c || !first.mu.TryLock() {
			o.cells = append(o.cells, first)
			continue
		}
		first.live.close()
		first.listed = false
		first.mu.Unlock()
	}
}

// Release lets go of what is held in memory of a key that is not used. Its file stays.
func (s *Store) Release(key string) {
	s.mu.Lock()
	c := s.cells[key]
	delete(s.cells, key)
	s.mu.Unlock()
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live.close()
}
