package sandbox

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Server is the sandbox. It is safe for use by several goroutines.
type Server struct {
	config    Config
	headers   []dialect
	quotas    bool          // some dialect writes what is left
	throttled *throttleBody // nil: the sandbox's own
	store     store
	busy      atomic.Int64 // requests being served; grows only while the store is open
	log       *ring        // nil: none is kept
	tokens    tokens
	logins    *logins
	meters    []*meter

	// Used only while the store is open:
	phases []phase  // the present one and those to come
	picked []*track // of the request being decided on
}

// New returns a server, or an error that names the wrong part of the
// configuration.
func New(c Config) (*Server, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	headers, err := parseDialects(c.Headers)
	if err != nil {
		return nil, err
	}
	store, err := newStore(c.StateFile)
	if err != nil {
		return nil, err
	}
	s := &Server{config: c, headers: headers, store: store, meters: c.meters(), logins: newLogins()}
	for _, d := range headers {
		s.quotas = s.quotas || d.quotas
	}
	if c.Log {
		s.log = new(ring)
	}
	if c.ThrottleBody != "" {
		s.throttled = newThrottleBody(c.ThrottleBody)
	}
	s.phases = c.phases()
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.config.ClockSkew != 0 {
		w.Header().Set("Date", s.clock(time.Now()).UTC().Format(http.TimeFormat))
	}
	if s.control(w, r) {
		return
	}
	if s.log != nil {
		noted := &statusWriter{ResponseWriter: w}
		defer s.log.note(time.Now(), r, noted)
		w = noted
	}
	if s.serveLogin(w, r) {
		return
	}
	m := s.meteredRequest(r)
	v, err := s.admit(r, m)
	if err != nil {
		fail(w, http.StatusInternalServerError, "sandbox_state", err.Error())
		return
	}
	for _, d := range s.headers {
		v.floor = d.floor
		d.write(w.Header(), &v.answer)
	}
	if m != nil && m.left != nil && m.meter.tell != nil {
		m.meter.tell(w.Header(), m)
	}
	if !v.ok {
		s.reject(w, &v)
		return
	}
	defer s.busy.Add(-1)
	s.serve(w, r, v)
}

// visit is an admitted or throttled request.
type visit struct {
	answer
	by   *guard   // that throttled; nil: admitted, or throttled by a meter
	m    *metered // nil: only the limits hold
	n    int64    // number of the accepted request, from 1
	fate fate
}

// admit asks the limits and counts. An admitted request is busy from here on.
func (s *Server) admit(r *http.Request, m *metered) (visit, error) {
	st, err := s.store.open()
	if err != nil {
		return visit{}, err
	}
	v := s.decide(st, r, m)
	if err := s.store.save(); err != nil {
		if v.ok {
			s.busy.Add(-1)
		}
		return visit{}, err
	}
	return v, nil
}

// decide runs while the store is open. The time is taken here, so that times
// are in the order of decisions.
func (s *Server) decide(st *state, r *http.Request, m *metered) visit {
	clock := time.Now()
	now := st.advance(clock.UnixNano())
	guards := s.enter(st, now)
	st.inFlight(int(s.busy.Load()))
	tracks := s.pick(st, r.Method, r.URL.Path, now)
	if m != nil && !m.meter.also && len(s.config.Changes) == 0 {
		clear(tracks[:min(s.config.OwnLimits, len(tracks))])
	}
	d := decide(guards, tracks, now)
	if m != nil && d.ok && !m.admit(clock, s.clock(clock)) {
		d = decision{wait: m.wait}
	}
	v := visit{answer: answer{ok: d.ok, wait: d.wait, now: s.clock(clock)}, by: d.by, m: m}
	if d.by != nil {
		v.answer.by = d.by.limit.Name
	}
	if s.quotas {
		v.quotas = quotas(guards, tracks, now)
	}
	st.Counts.request(r.Method, v.ok, now)
	st.Counts.throttledBy(d.by, m)
	if !v.ok {
		return v
	}
	v.n = st.Counts.Accepted
	v.fate = s.config.fateOf(v.n)
	v.fate.after += d.delay
	if v.fate.fault != noFault {
		st.Counts.Faults++
	}
	st.Counts.MaxInFlight = max(st.Counts.MaxInFlight, int(s.busy.Add(1)))
	return v
}

// clock is what the server believes the time is.
func (s *Server) clock(now time.Time) time.Time { return now.Add(s.config.ClockSkew) }

// serve answers an admitted request as fate has it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, v visit) {
	if v.fate.after > 0 && !pause(r.Context(), v.fate.after) {
		panic(http.ErrAbortHandler) // nobody is listening any more
	}
	switch v.fate.fault {
	case resetFault:
		abort(w)
	case errorFault, overloadedFault:
		fail(w, v.fate.status, "sandbox_fault", "a fault drawn by the sandbox")
	default:
		if s.authorize(w, r) {
			return
		}
		w = s.spoil(w, r, v.fate.fault)
		switch {
		case v.m != nil && v.m.meter.serve != nil:
			v.m.meter.serve(w, r, v.m)
		case s.isList(r):
			s.list(w, r)
		case s.isSlackCall(r):
			slackCall(w, r, v.n)
		default:
			route(w, r, v.n)
		}
	}
}
