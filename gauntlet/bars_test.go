package gauntlet

import (
	"fmt"
	"slices"
	"time"
)

// What must be reached.
const (
	leastEfficiency    = 0.92
	meanEfficiency     = 0.97
	mostThrottled      = 0.015
	meanThrottled      = 0.005
	fewRequests        = 1000
	mostThrottledOfFew = 8
	warmEfficiency     = 0.98
	warmThrottled      = 0.001
	peersMeanMargin    = 0.01
	settleTime         = 30 * time.Second
	followTime         = 5 * time.Minute
	followPauses       = 100
	moreThanInFlight   = 10
	mostPaused         = 0.03
)

// misses lists the bars that one row misses.
func (m *measured) misses() []string {
	var list []string
	miss := func(format string, args ...any) {
		list = append(list, m.Name+": "+fmt.Sprintf(format, args...))
	}
	m.missesOfCold(miss)
	m.missesOfClimb(miss)
	m.missesOfChanges(miss)
	m.missesOfWarm(miss)
	m.missesOfJob(miss)
	m.missesOfPeers(miss)
	return list
}

// weak lists where a row whose server the law was not tuned to falls short of what is hoped for.
func (m *measured) weak() []string {
	var list []string
	m.missesOfCold(func(format string, args ...any) {
		list = append(list, m.Name+": "+fmt.Sprintf(format, args...))
	})
	return list
}

type missed func(format string, args ...any)

func (m *measured) missesOfCold(miss missed) {
	if got := m.of(m.Cold); got < leastEfficiency {
		miss("cold efficiency %.1f %%, want %.0f", 100*got, 100*leastEfficiency)
	}
	if got := m.used(m.Cold); !m.steady() && got < m.Least {
		miss("%.1f %% of what was allowed at any time, want %.0f", 100*got, 100*m.Least)
	}
	if sent := m.Cold.Accepted + m.Cold.Throttled; sent < fewRequests && m.Cold.Throttled > mostThrottledOfFew || sent >= fewRequests && m.Cold.share() > mostThrottled {
		miss("cold start throttled %d, %.2f %%", m.Cold.Throttled, 100*m.Cold.share())
	}
	if m.Costly && m.Changes == nil {
		if part := m.Cold.idle(10*time.Second).Seconds() / m.Duration.Seconds(); part > mostPaused {
			miss("%.1f %% of the time locked out", 100*part)
		}
	}
}

func (m *measured) missesOfWarm(miss missed) {
	if m.Warm == nil {
		return
	}
	if got := m.warm(); got < warmEfficiency {
		miss("warm efficiency %.1f %%, want %.0f", 100*got, 100*warmEfficiency)
	}
	if n := m.Warm.Throttled; n > 1 && m.Warm.share() > warmThrottled {
		miss("warm start throttled %d, %.2f %%", n, 100*m.Warm.share())
	}
}

// missesOfJob: a job comes to its end.
func (m *measured) missesOfJob(miss missed) {
	if m.Job != nil && m.Job.Accepted < m.requests() {
		miss("%d requests of %d in %v", m.Job.Accepted, m.requests(), 2*m.Duration)
	}
}

// missesOfChanges: a limit that falls is soon held again, one that rises is soon used.
func (m *measured) missesOfChanges(miss missed) {
	before := m.Rate
	for _, c := range m.Changes {
		if c.Rate < before {
			m.missesOfFall(c, before, miss)
		} else {
			m.missesOfRise(c, miss)
		}
		before = c.Rate
	}
}

func (m *measured) missesOfFall(c change, before float64, miss missed) {
	most := int((before-c.Rate)*m.RTT.Seconds()) + moreThanInFlight
	if n := m.Cold.throttledIn(c.After, c.After+settleTime); n > most {
		miss("%d throttled after the limit fell, want at most %d", n, most)
	}
	if at := m.Cold.reached(m.limitAt, c.After+settleTime); at < 0 || at+reachedSpan > 20*time.Second {
		miss("90 %% of the lower limit only %v after it fell", at+reachedSpan+settleTime)
	}
}

func (m *measured) missesOfRise(c change, miss missed) {
	within := followTime
	if m.Costly {
		within = followPauses * m.Server.Limits[0].Lockout
	}
	if at := m.Cold.reached(m.limitAt, c.After); at < 0 || at+reachedSpan > within {
		miss("90 %% of the higher limit after %v, want %v", at, within)
	}
}

func (m *measured) missesOfClimb(miss missed) {
	climb := m.climb()
	if climb == 0 {
		return
	}
	if at := m.Cold.reached(m.limitAt, 0); at < 0 || at > climb {
		miss("90 %% of the limit after %v, want %v", at, climb)
	}
}

// climb is how long it may take from the initial rate to 90 % of the limit; 0 means without bound.
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

func (m *measured) missesOfPeers(miss missed) {
	for _, p := range peers() {
		if r := p.of(m); r != nil && r.Accepted > m.Cold.Accepted && r.share() < m.Cold.share() {
			miss("the %s is better in both: %.1f %%, %.2f %% throttled", p.Name, 100*m.of(r), 100*r.share())
		}
	}
}

// means are over the rows that are allowed the same all the time.
type means struct{ Efficiency, Throttled float64 }

func meanOf(all []*measured, of func(*measured) *result) means {
	steady := slices.DeleteFunc(slices.Clone(all), func(m *measured) bool { return !m.steady() })
	return means{
		mean(steady, func(m *measured) float64 { return m.of(of(m)) }),
		mean(steady, func(m *measured) float64 { return of(m).share() }),
	}
}

func cold(m *measured) *result { return m.Cold }

// missesOfMeans lists the bars that all rows together miss.
func missesOfMeans(all []*measured) []string {
	var list []string
	arl := meanOf(all, cold)
	if arl.Efficiency < meanEfficiency {
		list = append(list, fmt.Sprintf("mean efficiency %.2f %%, want %.0f", 100*arl.Efficiency, 100*meanEfficiency))
	}
	if arl.Throttled > meanThrottled {
		list = append(list, fmt.Sprintf("mean throttled %.2f %%, want %.1f", 100*arl.Throttled, 100*meanThrottled))
	}
	for _, p := range peers() {
		if all[0].Seed == nil {
			break
		}
		other := meanOf(all, p.of)
		if other.Efficiency > arl.Efficiency+peersMeanMargin || other.Throttled < arl.Throttled-peersMeanMargin {
			list = append(list, fmt.Sprintf("the %s is better in the mean: %.1f %%, %.2f %% throttled", p.Name, 100*other.Efficiency, 100*other.Throttled))
		}
	}
	return list
}
