package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Change is a change of all limits at a given time, as when a vendor raises a
// plan. A limit whose kind and place in the list stay the same keeps what it
// remembers.
type Change struct {
	// After counts from the server's first request; with [Config.StateFile],
	// from the first of all those that share the file.
	After  time.Duration
	Limits []Limit
}

func (c Change) validate() error {
	if c.After <= 0 || c.After > longest {
		return fmt.Errorf("after %v: want more than 0 and at most %v", c.After, longest)
	}
	return validateLimits(c.Limits)
}

// phase is a time during which the limits are the same.
type phase struct {
	after  int64 // begins so many nanoseconds after the first request
	guards []guard
}

// phases are the times from the first request on, in their order.
func (c *Config) phases() []phase {
	list := []phase{{guards: newGuards(c.Limits)}}
	changes := slices.SortedStableFunc(slices.Values(c.Changes), func(a, b Change) int { return cmp.Compare(a.After, b.After) })
	for _, change := range changes {
		list = append(list, phase{change.After.Nanoseconds(), newGuards(change.Limits)})
	}
	return list
}

// SetLimits changes the limits of a running server, as a [Change] does whose
// time is now. Changes still to come stay.
func (s *Server) SetLimits(limits ...Limit) error {
	if err := validateLimits(limits); err != nil {
		return err
	}
	st, err := s.store.open()
	if err != nil {
		return err
	}
	var after int64
	if st.Start != 0 {
		now := st.advance(time.Now().UnixNano())
		s.enter(st, now)
		after = now - st.Start
	}
	s.phases = append([]phase{{after, newGuards(limits)}}, s.phases[1:]...)
	return s.store.save()
}

// enter goes over to the limits of now, makes their tracks, and charges what
// the rival sent in the meantime. It runs while the store is open.
func (s *Server) enter(st *state, now int64) []guard {
	if st.Start == 0 {
		st.Start = now
	}
	for len(s.phases) > 1 && now-st.Start >= s.phases[1].after {
		s.charge(st, s.phases[0], st.Start+s.phases[1].after)
		s.phases = s.phases[1:]
	}
	st.fit(s.phases[0].guards)
	s.charge(st, s.phases[0], now)
	return s.phases[0].guards
}

// charge charges what the rival sent in a phase until now, but for limits that
// have a counter for each value: those are caught up with when they are asked.
func (s *Server) charge(st *state, p phase, now int64) {
	if s.config.Rival.Share == 0 {
		return
	}
	for i := range st.Tracks {
		if t := &st.Tracks[i]; i < len(p.guards) && t.Kind == p.guards[i].limit.Kind && !p.guards[i].each() {
			s.chargeOne(st, p, &p.guards[i], t, now)
		}
	}
}

func (s *Server) chargeOne(st *state, p phase, g *guard, t *track, now int64) {
	if g.limit.Kind != Concurrency {
		st.Counts.Rival += s.config.Rival.catchUp(g, t, st.Start, st.Start+p.after, now)
	}
}

// pick finds the counter of each limit for a request. It runs while the store
// is open, until which the result may be used.
func (s *Server) pick(st *state, method, path string, now int64) []*track {
	path = below(s.config.Base, path)
	s.picked = s.picked[:0]
	for i := range s.phases[0].guards {
		g := &s.phases[0].guards[i]
		t := g.find(&st.Tracks[i], method, path, now)
		if t != nil && s.config.Rival.Share > 0 && g.each() {
			s.chargeOne(st, s.phases[0], g, t, now)
		}
		s.picked = append(s.picked, t)
	}
	return s.picked
}
