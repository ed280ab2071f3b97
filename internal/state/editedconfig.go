package state

import (
	"fmt"
	"os"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
)

// An editedConfig is the user's configuration, read again when it was edited while the process runs.
type editedConfig struct {
	path  string // empty if there is none
	first *config.Registry
	base  *config.Registry // what first was before the file was read
	warn  func(error)

	seen   os.FileInfo      // when the file was read last; nil if it was not there
	latest *config.Registry // nil until it was edited
	broken bool             // that was said
}

// begin notes which file is read.
func (c *editedConfig) begin(path string) {
	c.path = path
	if path != "" {
		c.seen, _ = os.Stat(path)
	}
}

// look reads the file again if it was edited, and reports whether something else holds now. One that is not there, or is
// wrong, changes nothing.
func (c *editedConfig) look() bool {
	if c.path == "" {
		return false
	}
	there, err := os.Stat(c.path)
	if err != nil || c.seen != nil && os.SameFile(there, c.seen) && there.ModTime().Equal(c.seen.ModTime()) && there.Size() == c.seen.Size() {
		return false
	}
	c.seen = there
	next := c.base.Clone()
	if err := next.Override(c.path); err != nil {
		if !c.broken {
			c.warn(fmt.Errorf("the edited configuration is invalid and is ignored: %w", err))
		}
		c.broken = true
		return false
	}
	c.latest, c.broken = next, false
	return true
}

// maxRate is the max_rate that holds now where p was compiled from the configuration that was read first.
func (c *editedConfig) maxRate(p *limiter.Params) float64 {
	if c.latest == nil {
		return p.MaxRate
	}
	if next := c.first.Successor(p, c.latest); next != nil {
		return next.MaxRate
	}
	return p.MaxRate
}
