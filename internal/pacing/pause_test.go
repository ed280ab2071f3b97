package pacing

import (
	"testing"
	"time"
)

// pauses are those of the first throttles of a server, of which each is over at the given number of tries.
func pauses(t *testing.T, p *Params, named time.Duration, tries ...int) (first []time.Duration) {
	t.Helper()
	var s State
	s.Open(0, wallStart(), p, nil)
	now := int64(time.Second)
	for i, n := range tries {
		for range 40 + 30*i { // another number each time: no window
			now = accept(&s, p, now)
		}
		for try := range n {
			slot := s.Reserve(now, ReserveRequest{})
			v := s.Apply(now, p, Event{Kind: Throttled, Generation: slot.Generation, Mark: slot.Mark, Pause: named, Wall: wallStart()})
			if try == 0 {
				first = append(first, v.Paused)
			}
			now += int64(v.Paused)
		}
	}
	accept(&s, p, now)
	return first
}

// accept sends one request as soon as the gate lets it go.
func accept(s *State, p *Params, now int64) int64 {
	slot := s.Reserve(now, ReserveRequest{})
	for !slot.Granted {
		now += int64(slot.Wait)
		slot = s.Reserve(now, ReserveRequest{})
	}
	now += int64(slot.Wait)
	s.Apply(now, p, Event{Generation: slot.Generation, Mark: slot.Mark, Paced: true, Wall: wallStart()})
	return now
}

// Where no header names a pause and the first try after one was accepted, the next pause is shorter: most limiters accept
// again at once. It is not, where a try was throttled, or where headers named the pause.
func TestPauseThatWasLongEnough(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		p     Params
		named time.Duration
		tries []int
		want  time.Duration // the second event's first pause
	}{
		"at the first try":    {Params{}, 0, []int{1, 1}, MinPause},
		"set by the user":     {Params{DefaultPause: time.Second}, 0, []int{1, 1}, time.Second},
		"named by the server": {Params{}, 3 * time.Second, []int{1, 1}, 3 * time.Second},
		"at the third try":    {Params{}, 0, []int{3, 1}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := pauses(t, &c.p, c.named, c.tries...); got[1] != c.want {
				t.Errorf("pauses of %v, want the second one to be %v", got, c.want)
			}
		})
	}
}
