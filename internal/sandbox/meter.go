package sandbox

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"sync"
	"time"
)

// A meter limits what requests take instead of how many there are: tokens, points, cost. What is left is of one server,
// and not kept in its state file.
type meter struct {
	units []meterUnit
	also  bool // the limits hold for these requests too

	// read returns what a request takes; nil if it is not metered.
	read func(r *http.Request, body []byte) *metered
	// tell says what is left.
	tell func(h http.Header, m *metered)
	// reject answers a request that unit m.by throttled, serve one that was accepted. Without them the sandbox does.
	reject func(w http.ResponseWriter, m *metered)
	serve  func(w http.ResponseWriter, r *http.Request, m *metered)

	mu     sync.Mutex
	levels map[string][]meterLevel // by what requests are told apart by, such as their model
}

// A meterUnit is what is counted: n come back in per, and size can be there at once.
type meterUnit struct {
	name   string
	n      float64
	per    time.Duration
	size   float64 // 0 means n
	window bool    // they come back all at once, when the window ends that the first request began
}

func (u *meterUnit) full() float64 {
	if u.size == 0 {
		return u.n
	}
	return u.size
}

// A meterLevel is what is left of a unit, and when that was; of a window, when it began.
type meterLevel struct {
	left float64
	at   time.Time
}

// metered is a request in flight.
type metered struct {
	meter      *meter
	key        string
	need, take []float64 // of each unit: what has to be there, and what is used
	left       []reading
	by         int // the unit that throttled; below 0: none
	wait       time.Duration
	now        time.Time

	model *modelRequest
	query *graphQLRequest
}

// A reading is what a response says of a unit.
type reading struct {
	unit *meterUnit
	left float64
	full time.Duration // until all is there
}

// maxMeteredBody is how much of a body is read.
const maxMeteredBody = 8 << 20

// meteredRequest returns what a request takes, by the first meter that it is for; nil if none is.
func (s *Server) meteredRequest(r *http.Request) *metered {
	var body []byte
	if r.Body != nil && r.Method == http.MethodPost && (len(s.meters) > 1 || isGraphQL(r)) {
		var err error
		body, err = io.ReadAll(io.LimitReader(r.Body, maxMeteredBody))
		r.Body = readAgain{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
		if err != nil {
			return nil
		}
	}
	for _, m := range s.meters {
		if found := m.read(r, body); found != nil {
			found.meter, found.by = m, -1
			return found
		}
	}
	return nil
}

// readAgain is a body whose beginning has been read.
type readAgain struct {
	io.Reader
	io.Closer
}

// admit takes what a request takes, if what it needs is there.
func (m *metered) admit(now time.Time, clock time.Time) bool {
	m.meter.mu.Lock()
	defer m.meter.mu.Unlock()
	m.now = clock
	levels := m.meter.levelsOf(m.key, now)
	for i := range levels {
		u := &m.meter.units[i]
		if wait := u.until(&levels[i], m.need[i], now); wait > m.wait {
			m.by, m.wait = i, wait
		}
	}
	for i := range levels {
		u := &m.meter.units[i]
		if m.by < 0 {
			levels[i].left -= m.take[i]
		}
		m.left = append(m.left, reading{u, max(levels[i].left, 0), u.whole(&levels[i], now)})
	}
	return m.by < 0
}

// levelsOf returns what is left under a key by now.
func (m *meter) levelsOf(key string, now time.Time) []meterLevel {
	if m.levels == nil {
		m.levels = make(map[string][]meterLevel)
	}
	levels := m.levels[key]
	if levels == nil {
		for i := range m.units {
			levels = append(levels, meterLevel{left: m.units[i].full(), at: now})
		}
		m.levels[key] = levels
	}
	for i := range levels {
		m.units[i].advance(&levels[i], now)
	}
	return levels
}

// advance gives back what has come back by now.
func (u *meterUnit) advance(l *meterLevel, now time.Time) {
	passed := now.Sub(l.at)
	switch {
	case !u.window:
		l.left = min(u.full(), l.left+u.n/u.per.Seconds()*passed.Seconds())
		l.at = now
	case passed >= u.per, l.left == u.full():
		l.left, l.at = u.full(), now
	}
}

// until returns how long it takes until so much is there; 0 if it is.
func (u *meterUnit) until(l *meterLevel, need float64, now time.Time) time.Duration {
	switch missing := need - l.left; {
	case missing <= 0:
		return 0
	case u.window:
		return l.at.Add(u.per).Sub(now)
	default:
		return max(seconds64(missing/u.n*u.per.Seconds()), 1)
	}
}

// whole returns how long it takes until all is there.
func (u *meterUnit) whole(l *meterLevel, now time.Time) time.Duration {
	if u.window {
		return l.at.Add(u.per).Sub(now)
	}
	return seconds64((u.full() - l.left) / u.n * u.per.Seconds())
}

func seconds64(s float64) time.Duration { return time.Duration(math.Ceil(s * float64(time.Second))) }

// throttledBy names the unit that throttled; empty if none did.
func (m *metered) throttledBy() string {
	if m == nil || m.by < 0 {
		return ""
	}
	return m.meter.units[m.by].name
}
