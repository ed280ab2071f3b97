package gauntlet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"
)

// A yardstick is what constant paces reach at best.
type yardstick struct {
	Row      string        // a hash of everything that decides the rest
	Accepted int           // in the row's duration
	Job      time.Duration // for the row's finite sibling
	Halved   int           `json:",omitempty"` // accepted in ten minutes, where half as much is allowed
}

// yardsticks remembers them by the name of their row: to find them takes longer than all the rest.
type yardsticks struct {
	mu    sync.Mutex
	path  string
	found []byte // what the file held
	known map[string]yardstick
	used  map[string]yardstick
}

func openYardsticks(path string) (*yardsticks, error) {
	y := &yardsticks{path: path, known: map[string]yardstick{}, used: map[string]yardstick{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return y, nil
	}
	if err == nil {
		y.found = b
		err = json.Unmarshal(b, &y.known)
	}
	return y, err
}

// of returns the yardstick of a row, measured if it is not known or again is true.
func (y *yardsticks) of(t *testing.T, r *row, again bool) yardstick {
	id := r.id(t)
	y.mu.Lock()
	stick := y.known[r.Name]
	y.mu.Unlock()
	if stick.Row != id || again {
		stick = yardstick{Row: id, Accepted: r.best(t), Job: r.bestJob(t)}
		if h, ok := r.halved(); ok {
			stick.Halved = h.best(t)
		}
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	y.used[r.Name] = stick
	return stick
}

// text is what the file should hold, if every row was used.
func (y *yardsticks) text() ([]byte, error) {
	b, err := json.MarshalIndent(y.used, "", "\t")
	return append(b, '\n'), err
}

// fresh reports whether the file holds that.
func (y *yardsticks) fresh() bool {
	b, err := y.text()
	return err == nil && bytes.Equal(b, y.found)
}

func (y *yardsticks) save() error {
	b, err := y.text()
	if err != nil {
		return err
	}
	return os.WriteFile(y.path, b, 0o644)
}

// id stands for everything that decides a row's yardstick.
func (r *row) id(t *testing.T) string {
	fixed := *r
	fixed.Least, fixed.Costly = 0, false
	b, err := json.Marshal(fixed)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}
