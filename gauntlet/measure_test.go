package gauntlet

import (
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/pkg/limiter"
)

// How long the runs from a memory last.
const (
	warmFor  = 10 * time.Minute
	staleFor = 10 * time.Minute
)

// measured is everything that was measured of one row.
type measured struct {
	row
	Best  yardstick
	Cold  *result
	Job   *result // the finite sibling, cold too
	Warm  *result // an hour later
	Stale *result // from a week-old memory of twice the limit
	Seed  *result
	AWS   *result
}

// measure runs a row. Rows whose limit changes have no warm start: what was learned at the end does not
// hold at the beginning.
func measure(t *testing.T, r *row, stick yardstick) *measured {
	m := &measured{row: *r, Best: stick}
	m.Cold = r.arl(t, trial{Duration: r.Duration, Watch: true})
	if *coldOnly {
		return m
	}
	m.Job = r.arl(t, trial{Duration: 2 * r.Duration, Requests: r.requests()})
	m.Seed, m.AWS = r.seedLaw(t), r.aws(t)
	if !r.steady() {
		return m
	}
	learned := aged(m.Cold.Learned, r.Duration+time.Hour)
	m.Warm = r.arl(t, trial{Duration: max(warmFor, m.first()), Recall: &learned})
	if h, ok := r.halved(); ok {
		learned = aged(learned, 7*24*time.Hour)
		m.Stale = h.arl(t, trial{Duration: h.Duration, Recall: &learned})
	}
	return m
}

// aged is what was learned, by so much longer ago.
func aged(l limiter.Learned, by time.Duration) limiter.Learned {
	for _, at := range []*time.Time{&l.Updated, &l.PausedUntil, &l.LastThrottle, &l.UsedUntil} {
		if !at.IsZero() {
			*at = at.Add(-by)
		}
	}
	return l
}

// efficiency is what was accepted in a span from the beginning, as a part of what the best constant pace
// in hindsight gets.
func (m *measured) efficiency(accepted int, span time.Duration) float64 {
	return float64(accepted) / (float64(m.Best.Accepted) * span.Seconds() / m.Duration.Seconds())
}

func (m *measured) of(r *result) float64 { return m.efficiency(r.Accepted, m.Duration) }

// used is what was accepted as a part of all that is allowed at any time.
func (m *measured) used(r *result) float64 { return float64(r.Accepted) / m.allowed() }

// first is the first minute of the warm start; a window of the server, if that is longer.
func (m *measured) first() time.Duration {
	span := time.Minute
	for _, l := range m.Server.Limits {
		per := l.Per
		if l.Kind == sandbox.Daily {
			per = day
		}
		span = max(span, min(per, m.Duration))
	}
	return span
}

// warm is the efficiency in that time. It counts one request more: what is on its way when the first
// minute ends is no loss.
func (m *measured) warm() float64 {
	return m.efficiency(m.Warm.between(0, m.first())+1, m.first())
}

func (m *measured) stale() float64 { return float64(m.Stale.Accepted) / float64(m.Best.Halved) }

// limitAt is the rate that can be used at a time. A server that minds the jitter of the network, or the
// length of its own work, can be used by less than it allows.
func (m *measured) limitAt(at time.Duration) float64 {
	if m.steady() {
		return min(m.Rate, float64(m.Best.Accepted)/m.Duration.Seconds())
	}
	return m.rateAt(at)
}

// peer is somebody else's way of pacing.
type peer struct {
	Name string
	of   func(*measured) *result
}

func peers() []peer {
	return []peer{
		{"seed law", func(m *measured) *result { return m.Seed }},
		{"AWS SDK", func(m *measured) *result { return m.AWS }},
	}
}
