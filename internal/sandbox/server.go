package sandbox

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// Server is the sandbox. It is safe for use by several goroutines.
type Server struct {
	config  Config
	headers []dialect
	quotas  bool // some dialect writes what is left
	guards  atomic.Pointer[[]guard]
	store   store
	busy    atomic.Int64 // requests being served; grows only while the store is open
	log     *ring        // nil: none is kept
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
	s := &Server{config: c, headers: headers, store: store}
	for _, d := range headers {
		s.quotas = s.quotas || d.quotas
	}
	if c.Log {
		s.log = new(ring)
	}
	guards := newGuards(c.Limits)
	s.guards.Store(&guards)
	return s, nil
}

// SetLimits changes the limits of a running server, as a vendor does who
// raises a plan. A limit whose kind and place in the list stay the same keeps
// what it remembers.
func (s *Server) SetLimits(limits ...Limit) error {
	if err := (Config{Limits: limits}).validate(); err != nil {
		return err
	}
	guards := newGuards(limits)
	s.guards.Store(&guards)
	return nil
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
	v, err := s.admit(r.Method)
	if err != nil {
		fail(w, http.StatusInternalServerError, "sandbox_state", err.Error())
		return
	}
	for _, d := range s.headers {
		d.write(w.Header(), &v.answer)
	}
	if !v.ok {
		refuse(w, s.config.refusal(), v.wait)
		return
	}
	defer s.busy.Add(-1)
	s.serve(w, r, v)
}

// visit is an admitted or refused request.
type visit struct {
	answer
	n    int64 // number of the accepted request, from 1
	fate fate
}

// admit asks the limits and counts. An admitted request is busy from here on.
func (s *Server) admit(method string) (visit, error) {
	st, err := s.store.open()
	if err != nil {
		return visit{}, err
	}
	v := s.decide(st, method)
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
func (s *Server) decide(st *state, method string) visit {
	var v visit
	guards := *s.guards.Load()
	clock := time.Now()
	now := st.advance(clock.UnixNano())
	st.fit(guards)
	st.inFlight(int(s.busy.Load()))
	v.ok, v.wait = decide(guards, st.Tracks, now)
	v.now = s.clock(clock)
	if s.quotas {
		v.quotas = quotas(guards, st.Tracks, now)
	}
	st.Counts.request(method, v.ok, now)
	if !v.ok {
		return v
	}
	v.n = st.Counts.Accepted
	v.fate = s.config.fateOf(v.n)
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
	case errorFault:
		fail(w, v.fate.status, "sandbox_fault", "a fault drawn by the sandbox")
	default:
		route(s.spoil(w, r, v.fate.fault), r, v.n)
	}
}

func refuse(w http.ResponseWriter, status int, wait time.Duration) {
	message := "too many requests"
	if wait > 0 {
		message = fmt.Sprintf("too many requests: come back in %v", wait)
	}
	fail(w, status, "rate_limited", message)
}
