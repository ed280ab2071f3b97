package history

import (
	"math"
	"time"
)

// A Column is a span of time of a picture.
type Column struct {
	Rate      float64 // NaN if it is not known
	Ceiling   float64 // NaN if it is not known, or none was met
	Sent      int64   // in this span
	Throttled int64   // in this span
}

// restless is how long a key is quiet between two spells of use.
const restless = 15 * time.Minute

// gap reports whether nobody knows what was between two points.
func gap(p, next *Point, now time.Time) bool {
	return next.At.Sub(p.At) > max(restless, 4*spacing(now.Sub(p.At)))
}

// LastSpell returns when the last spell of use began: the points after the last gap. The zero time means that
// there are none.
func LastSpell(points []Point, now time.Time) (from time.Time) {
	for i := len(points) - 1; i >= 0; i-- {
		if i < len(points)-1 && gap(&points[i], &points[i+1], now) {
			break
		}
		from = points[i].At
	}
	return from
}

// Columns divides a span of time into n columns.
func Columns(points []Point, from, to, now time.Time, n int) []Column {
	columns := make([]Column, n)
	for i := range columns {
		columns[i] = Column{Rate: math.NaN(), Ceiling: math.NaN()}
	}
	width := to.Sub(from) / time.Duration(max(n, 1))
	if n < 1 || width <= 0 {
		return columns
	}
	at := func(t time.Time) int { return int(t.Sub(from) / width) }
	for i := range points {
		p := &points[i]
		first, last := at(p.At), at(p.At)
		if i+1 < len(points) && !gap(p, &points[i+1], now) {
			last = max(first, at(points[i+1].At)-1) // what was known holds until the next point
		}
		if p.At.After(to) {
			break
		}
		for c := max(0, first); c <= min(last, n-1); c++ {
			columns[c].set(p)
		}
		if i > 0 && !p.At.Before(from) {
			columns[min(max(0, first), n-1)].count(&points[i-1], p)
		}
	}
	if i := len(points) - 1; i >= 0 && points[i].At.Equal(to) {
		columns[n-1].set(&points[i])
	}
	return columns
}

func (c *Column) set(p *Point) {
	c.Rate, c.Ceiling = p.Rate, math.NaN()
	if p.Ceiling > 0 {
		c.Ceiling = p.Ceiling
	}
}

// count adds what was counted between two points. Totals that became smaller started over.
func (c *Column) count(before, p *Point) {
	if p.Sent < before.Sent || p.Throttled < before.Throttled {
		before = &Point{}
	}
	c.Sent += p.Sent - before.Sent
	c.Throttled += p.Throttled - before.Throttled
}
