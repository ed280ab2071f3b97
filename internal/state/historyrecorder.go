package state

import (
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/history"
)

// writeInterval is how often the history of keys is written; in between it is in memory.
const writeInterval = 10 * time.Second

// A historyRecorder records the rates of the keys in use over time. It must not be called concurrently.
type historyRecorder struct {
	history history.Dir
	known   func(key string) (limiter.Learned, bool)
	pending map[string][]history.Point
	wrote   time.Time
}

// record adds a point for each key in use, and the last time for each that was in use before.
func (c *historyRecorder) record(uses []pacing.Use, last bool) {
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
	if !last && now.Sub(c.wrote) < writeInterval {
		return
	}
	c.wrote = now
	for key, points := range c.pending {
		_ = c.history.Add(key, points) // informational only: not worth a warning
		if last || len(points) == 0 {
			delete(c.pending, key)
			continue
		}
		c.pending[key] = points[:0]
	}
}

// History returns how the rate of a key changed on this host, oldest first.
func (l *Store) History(key string) []history.Point { return l.history.Read(key) }
