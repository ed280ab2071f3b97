// Package history records how the rates of keys have changed, for people to look at. Nothing depends on it.
//
// Each key has a small file of points. The older the points, the further apart they are: two seconds at first,
// later a fortieth of their age, so that a month takes about 450 of them. Counters are totals, so dropping a
// point loses nothing but its instant.
package history

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

const (
	// closest is how far apart points are at least.
	closest = 2 * time.Second
	// finest is which part of its age a point's distance to the next is.
	finest = 40
	// oldest is for how long points are kept.
	oldest = 31 * 24 * time.Hour
	// mostPoints is how many points a key has, whatever they are.
	mostPoints = 600
)

// A Point is what was known of a key at a moment.
type Point struct {
	At        time.Time
	Rate      float64 // requests per second
	Ceiling   float64 // requests per second; 0 if none was met
	Sent      int64   // since the key was first learned
	Throttled int64   // the same
}

// PointOf is what is known of a key now.
func PointOf(l *pacing.Learned, now time.Time) Point {
	rate := l.Rate
	if l.Cap.Rate > 0 {
		rate = min(rate, l.Cap.Rate) // what was sent
	}
	return Point{At: now, Rate: rate, Ceiling: l.Ceiling, Sent: l.Counts.Sent, Throttled: l.Counts.Throttled}
}

// spacing is how far apart points of an age are.
func spacing(age time.Duration) time.Duration { return max(closest, age/finest) }

// Merge returns old and new points together, in order, thinned out as of now. Those from the future, of a
// clock that was wrong, go.
func Merge(old, more []Point, now time.Time) []Point {
	all := slices.Concat(old, more)
	slices.SortStableFunc(all, func(a, b Point) int { return a.At.Compare(b.At) })
	var kept []Point
	for i := range all {
		p := &all[i]
		age := now.Sub(p.At)
		if age > oldest || age < -closest {
			continue
		}
		if n := len(kept); n > 0 && p.At.Sub(kept[n-1].At) < spacing(age) {
			if age < spacing(0) {
				kept[n-1] = *p // the newest of all stays
			}
			continue
		}
		kept = append(kept, *p)
	}
	return kept[max(0, len(kept)-mostPoints):]
}

// header begins a file; after it stands the key, quoted.
const header = "arl history 1 "

// encode writes the points of a key, a line each: when in Unix milliseconds, rate, ceiling, sent, throttled.
func encode(key string, points []Point) []byte {
	b := append([]byte(header), strconv.Quote(key)+"\n"...)
	for _, p := range points {
		b = fmt.Appendf(b, "%d %.4g %.4g %d %d\n", p.At.UnixMilli(), p.Rate, p.Ceiling, p.Sent, p.Throttled)
	}
	return b
}

// decode reads the points of a key. What makes no sense is left out.
func decode(key string, text []byte) (points []Point) {
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	if string(first) != header+strconv.Quote(key) {
		return nil
	}
	for line := range strings.Lines(string(rest)) {
		if p, ok := parse(line); ok && len(points) < 2*mostPoints {
			points = append(points, p)
		}
	}
	return points
}

func parse(line string) (p Point, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 5 || !strings.HasSuffix(line, "\n") {
		return p, false
	}
	at, err1 := strconv.ParseInt(fields[0], 10, 64)
	rate, err2 := strconv.ParseFloat(fields[1], 64)
	ceiling, err3 := strconv.ParseFloat(fields[2], 64)
	sent, err4 := strconv.ParseInt(fields[3], 10, 64)
	throttled, err5 := strconv.ParseInt(fields[4], 10, 64)
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			return p, false
		}
	}
	p = Point{At: time.UnixMilli(at), Rate: rate, Ceiling: ceiling, Sent: sent, Throttled: throttled}
	return p, sensible(rate) && sensible(ceiling) && sent >= 0 && throttled >= 0
}

// sensible reports whether a number can be a rate.
func sensible(v float64) bool { return v >= 0 && v < 1e9 }
