package batch

// What bounds the workers of one api: records that wait for a limit hold a worker each, so lanes that
// are held up must leave some to the others.
const (
	// crowd is how many lanes of an api can have as many workers as one lane alone.
	crowd = 8
	// share is how many workers every lane can have, however many there are.
	share = 2
	// mostLanes is how many lanes of an api have names. The records of further ones share the one without.
	mostLanes = 256
)

// A lane is the line of records in front of some workers: those of one api that wait for the same limit.
type lane struct {
	name        laneName
	first, last *entry
	workers     int
}

// A laneName is where a record lines up.
type laneName struct {
	api    string
	key    string // what its limit depends on; empty if that is the whole api
	origin bool   // api is a host that no profile has
}

// crew names those lanes that have workers together: those of an api, or of all hosts that no profile has. Of those
// there are as many as records that are read ahead.
func (n laneName) crew() string {
	if n.origin {
		return ""
	}
	return n.api
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

// A crew is what the lanes of one api have together.
type crew struct{ lanes, workers int }

// lanes are the lanes that records wait in, or are being sent from.
type lanes struct {
	concurrency int // workers of one lane
	named       map[laneName]*lane
	crews       map[string]*crew // by api
}

func newLanes(concurrency int) lanes {
	return lanes{concurrency, map[laneName]*lane{}, map[string]*crew{}}
}

// push puts e into its lane, and reports whether the lane wants one more worker.
func (ls *lanes) push(e *entry, key string) (l *lane, more bool) {
	l = ls.lane(laneName{e.req.API, key, e.req.Origin != ""})
	l.push(e)
	c := ls.crews[l.name.crew()]
	least := share
	if l.name.origin {
		least = 1
	}
	more = l.workers < ls.concurrency && (c.workers < crowd*ls.concurrency || l.workers < least)
	if more {
		l.workers++
		c.workers++
	}
	return l, more
}

// lane returns the lane of a name, which is a new one if nobody is in it.
func (ls *lanes) lane(name laneName) *lane {
	if l := ls.named[name]; l != nil {
		return l
	}
	c := ls.crews[name.crew()]
	if c == nil {
		c = &crew{}
		ls.crews[name.crew()] = c
	}
	if c.lanes >= mostLanes && name.key != "" {
		return ls.lane(laneName{api: name.api})
	}
	c.lanes++
	l := &lane{name: name}
	ls.named[name] = l
	return l
}

// pop returns the next entry of a lane. If there is none the worker that asks has to end, and nil is
// returned; the last one takes its lane with it, since there may be as many names as records.
func (ls *lanes) pop(l *lane) *entry {
	e := l.pop()
	if e != nil {
		return e
	}
	c := ls.crews[l.name.crew()]
	c.workers--
	if l.workers--; l.workers > 0 {
		return nil
	}
	delete(ls.named, l.name)
	if c.lanes--; c.lanes == 0 {
		delete(ls.crews, l.name.crew())
	}
	return nil
}

// empty takes out all entries that wait.
func (ls *lanes) empty() (waited []*entry) {
	for _, l := range ls.named {
		for e := l.pop(); e != nil; e = l.pop() {
			waited = append(waited, e)
		}
	}
	return waited
}
