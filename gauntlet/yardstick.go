package gauntlet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"
)

// yardsticks remembers the best constant paces: to find them takes longer than all the rest. An entry
// hangs on everything that the row is made of.
type yardsticks struct {
	mu    sync.Mutex
	path  string
	known map[string]int
	used  map[string]int
}

func openYardsticks(path string) (*yardsticks, error) {
	y := &yardsticks{path: path, known: map[string]int{}, used: map[string]int{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return y, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &y.known)
	}
	return y, err
}

// of returns the yardstick of a row, measured if it is not known or fresh is asked for.
func (y *yardsticks) of(t *testing.T, r *row, fresh bool) int {
	if !r.steady() {
		return r.allowed()
	}
	id := r.id(t)
	y.mu.Lock()
	best, ok := y.known[id]
	y.mu.Unlock()
	if !ok || fresh {
		best = r.best(t)
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	y.known[id], y.used[id] = best, best
	return best
}

// save writes what was used.
func (y *yardsticks) save() error {
	b, err := json.MarshalIndent(y.used, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(y.path, append(b, '\n'), 0o644)
}

// id names a row and everything that decides its yardstick.
func (r *row) id(t *testing.T) string {
	fixed := *r
	fixed.Exempt, fixed.Least, fixed.Job, fixed.InFlight = "", 0, 0, 0
	b, err := json.Marshal(fixed)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return r.Name + " " + hex.EncodeToString(sum[:4])
}
