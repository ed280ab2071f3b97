package state

import (
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/history"
)

// written is how often the history of keys is written. In between it is in memory.
const written = 10 * time.Second

// A historyRecorder notes how the rates of the keys in use go. Its calls come one after the other.
type historyRecorder struct {
	folder  history.Folder
	known   func(key string) (limiter.Learned, bool)
	pending map[string][]history.Point
	wrote   time.Time
}

// note takes in what is known of the keys in use, and the last time of all that were.
func (c *historyRecorder) note(uses []pacing.Use, last bool) {
	now := time.Now()
	keys := make([]string, 0, len(uses))
	for _, u := range uses {
		keys = append(keys, u.Key)
	}
	if last {
		for key := range c.pending {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		if l, ok := c.known(key); ok && !config.IsSharedKey(key) {
			c.pending[key] = append(c.pending[key], history.PointOf(&l, now))
		}
	}
	if !last && now.Sub(c.wrote) < written {
		return
	}
	c.wrote = now
	for key, points := range c.pending {
		_ = c.folder.Add(key, points) // it is for people who look, and worth no warning
		if last || len(points) == 0 {
			delete(c.pending, key)
			continue
		}
		c.pending[key] = points[:0]
	}
}

// History is how the rate of a key went on this host, in order of time.
func (l *Store) History(key string) []history.Point { return l.history.Read(key) }
