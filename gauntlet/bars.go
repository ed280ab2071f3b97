package gauntlet

import (
	"fmt"
	"time"
)

// measured is everything that was measured of one row.
type measured struct {
	row
	Best       int // accepted by the best constant pace
	Cold, Warm *result
	Stale      *result // from a week-old memory of twice the limit
	Seed, AWS  *result
}

// efficiency is what was accepted as a part of what the best constant pace would have got in that time.
func (m *measured) efficiency(accepted int, of time.Duration) float64 {
	return float64(accepted) / (float64(m.Best) * of.Seconds() / m.Duration.Seconds())
}

func (m *measured) cold() float64 { return m.efficiency(m.Cold.Accepted, m.Duration) }

// first is the first minute of the warm start; a window of the server, if that is longer.
func (m *measured) first() time.Duration {
	span := time.Minute
	for _, l := range m.Server.Limits {
		span = max(span, min(l.Per, m.Duration))
	}
	return span
}

// warm counts one request more: what is on its way when the first minute ends is no loss.
func (m *measured) warm() float64 {
	return m.efficiency(m.Warm.between(0, m.first())+1, m.first())
}

// steady reports whether the server allows the same all the time. Else no constant pace is any good, and
// the yardstick is all that is allowed at any time.
func (r *row) steady() bool { return r.Changes == nil && r.Rival == nil }

// What must be reached.
const (
	leastEfficiency  = 0.92
	meanEfficiency   = 0.97
	mostRefused      = 0.015
	meanRefused      = 0.005
	fewRequests      = 1000
	fewRefused       = 8
	warmEfficiency   = 0.98
	warmRefused      = 0.001
	peersMeanMargin  = 0.01
	settleTime       = 30 * time.Second
	followTime       = 5 * time.Minute
	followPauses     = 100
	moreThanInFlight = 10
	mostPaused       = 0.03
)

// misses lists the bars that one row misses.
func (m *measured) misses() []string {
	var list []string
	miss := func(format string, args ...any) {
		list = append(list, m.Name+": "+fmt.Sprintf(format, args...))
	}
	least := leastEfficiency
	if m.Exempt != "" {
		least = m.Least
	}
	if got := m.cold(); got < least {
		miss("cold efficiency %.1f %%, want %.0f", 100*got, 100*least)
	}
	if sent := m.Cold.Accepted + m.Cold.Refused; sent < fewRequests && m.Cold.Refused > fewRefused || sent >= fewRequests && m.Cold.share() > mostRefused {
		miss("cold start refused %d, %.2f %%", m.Cold.Refused, 100*m.Cold.share())
	}
	if m.Costly && m.Changes == nil {
		if part := m.Cold.idle(10*time.Second).Seconds() / m.Duration.Seconds(); part > mostPaused {
			miss("%.1f %% of the time locked out", 100*part)
		}
	}
	m.missesOfWarm(miss)
	m.missesOfChanges(miss)
	m.missesOfPeers(miss)
	return list
}

func (m *measured) missesOfWarm(miss func(string, ...any)) {
	if m.Warm == nil || !m.steady() {
		return // what was learned last does not hold at the beginning
	}
	if got := m.warm(); got < warmEfficiency && m.Exempt == "" {
		miss("warm efficiency %.1f %%, want %.0f", 100*got, 100*warmEfficiency)
	}
	if n := m.Warm.Refused; n > 1 && m.Warm.share() > warmRefused {
		miss("warm start refused %d, %.2f %%", n, 100*m.Warm.share())
	}
}

// missesOfChanges: a limit that falls is soon held again, one that rises is soon used.
func (m *measured) missesOfChanges(miss func(string, ...any)) {
	before := m.Rate
	for _, c := range m.Changes {
		if c.Rate < before {
			excess := int((before - c.Rate) * m.RTT.Seconds())
			if n := m.Cold.refusedIn(c.After, c.After+settleTime); n > excess+moreThanInFlight {
				miss("%d refused after the limit fell, want at most %d", n, excess+moreThanInFlight)
			}
			if at := m.Cold.reached(&m.row, c.After+settleTime, 0.9); at > 20*time.Second {
				miss("90 %% of the lower limit only %v after it fell", at+settleTime)
			}
		} else {
			within := followTime
			if m.Costly {
				within = followPauses * m.Server.Limits[0].Lockout
			}
			if at := m.Cold.reached(&m.row, c.After, 0.9); at < 0 || at > within {
				miss("90 %% of the higher limit after %v, want %v", at, within)
			}
		}
		before = c.Rate
	}
	if climb := m.climb(); climb > 0 {
		if at := m.Cold.reached(&m.row, 0, 0.9); at < 0 || at > climb+10*time.Second {
			miss("90 %% of the limit after %v, want %v", at-10*time.Second, climb)
		}
	}
}

// climb is how long it may take from the initial rate to 90 % of the limit.
func (m *measured) climb() time.Duration {
	switch {
	case len(m.Server.Limits) != 1 || m.Server.Limits[0].Kind != "bucket":
		return 0
	case m.Rate == 100:
		return 20 * time.Second
	case m.Rate == 1000:
		return 40 * time.Second
	}
	return 0
}

func (m *measured) missesOfPeers(miss func(string, ...any)) {
	for name, peer := range m.peers() {
		if peer != nil && peer.Accepted > m.Cold.Accepted && peer.share() < m.Cold.share() {
			miss("%s is better in both: %.1f %%, %.2f %% refused", name, 100*m.efficiency(peer.Accepted, m.Duration), 100*peer.share())
		}
	}
}

func (m *measured) peers() map[string]*result {
	return map[string]*result{"the seed law": m.Seed, "the AWS SDK": m.AWS}
}

// refusedIn counts refusals in a span.
func (r *result) refusedIn(from, to time.Duration) int {
	n := 0
	for _, at := range r.Refusals {
		if at >= from && at < to {
			n++
		}
	}
	return n
}

// means are over the rows with a constant pace to compare with. What does better than the yardstick
// counts as the yardstick.
type means struct{ Efficiency, Refused, Warm float64 }

func meanOf(all []*measured, of func(*measured) *result) means {
	var sum means
	n := 0.0
	for _, m := range all {
		if !m.steady() {
			continue
		}
		n++
		r := of(m)
		sum.Efficiency += min(m.efficiency(r.Accepted, m.Duration), 1)
		sum.Refused += r.share()
		if m.Warm != nil {
			sum.Warm += min(m.warm(), 1)
		}
	}
	return means{sum.Efficiency / n, sum.Refused / n, sum.Warm / n}
}

// missesOfMeans lists the bars that all rows together miss.
func missesOfMeans(all []*measured) []string {
	var list []string
	cold := meanOf(all, func(m *measured) *result { return m.Cold })
	if cold.Efficiency < meanEfficiency {
		list = append(list, fmt.Sprintf("mean efficiency %.2f %%, want %.0f", 100*cold.Efficiency, 100*meanEfficiency))
	}
	if cold.Refused > meanRefused {
		list = append(list, fmt.Sprintf("mean refused %.2f %%, want %.1f", 100*cold.Refused, 100*meanRefused))
	}
	for name, of := range map[string]func(*measured) *result{
		"the seed law": func(m *measured) *result { return m.Seed },
		"the AWS SDK":  func(m *measured) *result { return m.AWS },
	} {
		peer := meanOf(all, of)
		if peer.Efficiency > cold.Efficiency+peersMeanMargin || peer.Refused < cold.Refused-peersMeanMargin {
			list = append(list, fmt.Sprintf("%s is better in the mean: %.1f %%, %.2f %% refused", name, 100*peer.Efficiency, 100*peer.Refused))
		}
	}
	return list
}
