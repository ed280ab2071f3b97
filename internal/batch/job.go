package batch

import (
	"time"

	"github.com/arl-cli/arl/internal/batch/resume"
)

// A Job is something that a server accepted, and that finishes later.
type Job = resume.Job

// Later says when a sender is to be called again for a record that has begun a job.
type Later struct {
	Job   *Job
	After time.Duration
}

// park sets a record aside until its job's state is to be asked for, unless the run is to end. Meanwhile it has no worker
// and no memory but its own.
func (e *Engine) park(en *entry, l *Later) bool {
	en.req.Job = l.Job
	en.hold.Keep(0)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.halted {
		return false
	}
	if e.parked == nil {
		e.parked = map[*entry]*time.Timer{}
	}
	e.parked[en] = time.AfterFunc(l.After, func() { e.unpark(en) })
	return true
}

// pollLane is in front of the names of lanes of records whose jobs are asked for: what is sent for the first time does not
// wait for them, nor they for it.
const pollLane = "poll "

// unpark lines a record up again.
func (e *Engine) unpark(en *entry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.parked[en] == nil {
		return // the run has ended meanwhile
	}
	delete(e.parked, en)
	l, more := e.lanes.push(en, pollLane)
	if more {
		go e.work(l)
	}
}

// unparkAll takes all records out that are set aside. The lock is held.
func (e *Engine) unparkAll() (waited []*entry) {
	for en, timer := range e.parked {
		timer.Stop()
		waited = append(waited, en)
	}
	clear(e.parked)
	return waited
}
