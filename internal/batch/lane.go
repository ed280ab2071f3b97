package batch

// A lane is the line of records in front of the workers of one api.
type lane struct {
	api         string
	first, last *entry
	workers     int
}

func (l *lane) push(e *entry) {
	if l.last == nil {
		l.first = e
	} else {
		l.last.next = e
	}
	l.last = e
}

// pop returns nil if nobody waits.
func (l *lane) pop() *entry {
	e := l.first
	if e == nil {
		return nil
	}
	if l.first = e.next; l.first == nil {
		l.last = nil
	}
	e.next = nil
	return e
}

// lanes are the lanes of all apis that records wait for, or are being sent to.
type lanes map[string]*lane

// push puts e into its lane, and reports whether the lane wants one more worker.
func (ls lanes) push(e *entry, concurrency int) (l *lane, more bool) {
	l = ls[e.req.API]
	if l == nil {
		l = &lane{api: e.req.API}
		ls[l.api] = l
	}
	l.push(e)
	if more = l.workers < concurrency; more {
		l.workers++
	}
	return l, more
}

// pop returns the next entry of a lane. If there is none the worker that asks has to end, and nil is
// returned; the last one takes its lane with it, since there may be as many names as records.
func (ls lanes) pop(l *lane) *entry {
	e := l.pop()
	if e == nil {
		l.workers--
		if l.workers == 0 {
			delete(ls, l.api)
		}
	}
	return e
}

// empty takes out all entries that wait.
func (ls lanes) empty() (waited []*entry) {
	for _, l := range ls {
		for e := l.pop(); e != nil; e = l.pop() {
			waited = append(waited, e)
		}
	}
	return waited
}
