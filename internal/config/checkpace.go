package config

import (
	"cmp"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// maxWindow bounds the window of a documented limit, so that it can be added to a time without overflow.
const maxWindow = 366 * day

// pace checks a profile's or a bucket's pace; path is empty or the bucket's.
func (c *checker) pace(path string, pace *Pace) {
	above0(c, join(path, "initial_rate"), pace.InitialRate)
	notBelow(c, join(path, "min_rate"), pace.MinRate, 0)
	above0(c, join(path, "max_rate"), pace.MaxRate)
	notBelow(c, join(path, "increase_step"), pace.IncreaseStep, 0)
	notBelow(c, join(path, "burst"), pace.Burst, 1)
	notBelow(c, join(path, "max_concurrency"), pace.MaxConcurrency, 0)
	if f := pace.DecreaseFactor; f != nil && !(*f > 0 && *f <= 1) {
		c.problem(join(path, "decrease_factor"), "%v is not in (0, 1]", *f)
	}
	c.bounds(path, pace)
	if d := pace.DefaultPause; d != nil {
		c.duration(join(path, "default_pause"), *d)
	}
	c.limits(join(path, "limits"), pace.Limits)
}

// bounds compares min_rate and max_rate. A user's max_rate below a built-in min_rate is allowed: max_rate takes
// precedence.
func (c *checker) bounds(path string, pace *Pace) {
	lo, hi := pace.MinRate, pace.MaxRate
	if lo == nil || hi == nil || *lo <= *hi {
		return
	}
	loPath, hiPath := join(path, "min_rate"), join(path, "max_rate")
	switch at := c.p.Place(hiPath); {
	case at.BuiltIn:
		c.problem(loPath, "%v is greater than max_rate, which is %v (%s)", *lo, *hi, at)
	case !c.p.Place(loPath).BuiltIn:
		c.problem(hiPath, "%v is less than min_rate, which is %v", *hi, *lo)
	}
}

func (c *checker) limits(path string, limits []limiter.Window) {
	if len(limits) > pacing.MaxWindows {
		c.problem(path, "%d limits; at most %d are supported", len(limits), pacing.MaxWindows)
	}
	for i, w := range limits {
		if w.Limit < 1 || w.Per <= 0 || w.Per > maxWindow {
			c.problem(item(path, i), "%s is not a valid limit: at least 1 request in at most %s", formatWindow(w), formatDuration(maxWindow))
		}
	}
}

func above0(c *checker, path string, field *float64) {
	if field != nil && !(*field > 0) {
		c.problem(path, "%v must be greater than 0", *field)
	}
}

func notBelow[T int | float64](c *checker, path string, field *T, least T) {
	if field != nil && cmp.Less(*field, least) {
		c.problem(path, "%v must be at least %v", *field, least)
	}
}
