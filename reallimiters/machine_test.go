package reallimiters

import "time"

// A machine is busy if a sleeper wakes up so late. A program or a server that stands still for a part of a second
// sends or meets in a moment what was meant for all of it, and some of that is throttled.
const busy = 50 * time.Millisecond

// watchMachine tells, at the end, how late a sleeper woke up at worst: what no program can do anything about.
func watchMachine() (end func() (stalled time.Duration)) {
	const nap = 5 * time.Millisecond
	done, worst := make(chan struct{}), make(chan time.Duration)
	go func() {
		var stalled time.Duration
		for {
			began := time.Now()
			select {
			case <-done:
				worst <- stalled
				return
			case <-time.After(nap):
				stalled = max(stalled, time.Since(began)-nap)
			}
		}
	}()
	return func() time.Duration {
		close(done)
		return <-worst
	}
}
