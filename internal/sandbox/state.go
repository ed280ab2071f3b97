package sandbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"
)

// stateVersion changes when files of older programs mean something else.
const stateVersion = 1

// state is everything a server remembers between requests.
type state struct {
	Version int     `json:"version"`
	At      int64   `json:"at"`              // time of the last request, Unix nanoseconds
	Start   int64   `json:"start,omitempty"` // time of the first request; 0: none yet
	Tracks  []track `json:"tracks,omitempty"`
	Counts  counts  `json:"counts"`
}

type counts struct {
	Accepted    int64            `json:"accepted"`
	Throttled   int64            `json:"refused"`
	Faults      int64            `json:"faults"`
	FirstAt     int64            `json:"first_at"` // Unix nanoseconds; 0: no request yet
	LastAt      int64            `json:"last_at"`
	MaxInFlight int              `json:"max_in_flight"`
	Rival       int64            `json:"rival,omitempty"`
	By          map[string]int64 `json:"throttled_by,omitempty"`
	ByMethod    map[string]int64 `json:"by_method,omitempty"`
}

// decodeState reads a state file. It errs on anything that no server wrote.
func decodeState(data []byte) (*state, error) {
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	if s.Version != stateVersion {
		return nil, errors.New("unknown version")
	}
	for _, t := range s.Tracks {
		if !t.sane(s.At) {
			return nil, errors.New("impossible track")
		}
	}
	if s.Counts.Accepted < 0 || s.Counts.Throttled < 0 || s.Start < 0 || s.Start > s.At {
		return nil, errors.New("impossible counts or times")
	}
	return &s, nil
}

// sane reports whether a track can have come about by time at.
func (t *track) sane(at int64) bool {
	for _, c := range t.Each {
		if c == nil || c.Kind != t.Kind || c.Each != nil || !c.sane(at) {
			return false
		}
	}
	return t.Mark >= 0 && t.Used >= 0 && t.Last >= 0 && t.Locked >= 0 && t.Rival >= 0 &&
		slices.IsSorted(t.Log) && (len(t.Log) == 0 || t.Log[len(t.Log)-1] <= at)
}

// slew is how far the clock may be turned back without anything forgotten.
const slew = int64(time.Second)

// advance moves the state to now and returns the time to decide by, which
// never runs backwards. If the clock was turned back by more than a second,
// the limits start afresh instead of blocking until it has caught up.
func (s *state) advance(now int64) int64 {
	if now < s.At {
		if s.At-now <= slew {
			return s.At
		}
		s.Tracks = nil
		s.Start = min(s.Start, now)
	}
	s.At = now
	return now
}

// fit makes one track for each limit. Tracks are kept by position as long as
// the kind is the same, so that a limit whose rate is changed keeps its level.
func (s *state) fit(guards []guard) {
	for len(s.Tracks) < len(guards) {
		s.Tracks = append(s.Tracks, track{})
	}
	s.Tracks = s.Tracks[:len(guards)]
	for i := range guards {
		g, t := &guards[i], &s.Tracks[i]
		if t.Kind != g.limit.Kind || t.Each != nil && !g.each() {
			*t = track{Kind: g.limit.Kind}
		}
		g.settle(t, s.At)
	}
}

// inFlight tells the concurrency limits how many requests are being served.
func (s *state) inFlight(n int) {
	for i := range s.Tracks {
		if s.Tracks[i].Kind == Concurrency {
			s.Tracks[i].Used = n
		}
	}
}

// request counts a request that was decided on.
func (c *counts) request(method string, ok bool, at int64) {
	if ok {
		c.Accepted++
	} else {
		c.Throttled++
	}
	if c.FirstAt == 0 {
		c.FirstAt = at
	}
	c.LastAt = at
	if c.ByMethod == nil {
		c.ByMethod = make(map[string]int64)
	}
	c.ByMethod[countedAs(method)]++
}

// throttledBy counts a throttle by the limit or the unit whose it was, if that has a name.
func (c *counts) throttledBy(g *guard, m *metered) {
	name := m.throttledBy()
	if g != nil {
		name = g.limit.Name
	}
	if name == "" {
		return
	}
	if c.By == nil {
		c.By = make(map[string]int64)
	}
	c.By[name]++
}

// countedAs keeps strangers from growing the counts with invented methods.
func countedAs(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
