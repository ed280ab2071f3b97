package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Stats says what the limits did so far. With [Config.StateFile] it covers all
// servers that share the file.
type Stats struct {
	Requests    int64            `json:"requests"` // accepted and throttled
	Accepted    int64            `json:"accepted"`
	Throttled   int64            `json:"refused"`
	Faults      int64            `json:"faults"`            // among the accepted
	FirstAt     time.Time        `json:"first_at,omitzero"` // of the first request
	LastAt      time.Time        `json:"last_at,omitzero"`
	MaxInFlight int              `json:"max_in_flight"` // accepted requests served at once by one server
	ByMethod    map[string]int64 `json:"by_method"`

	// ThrottledBy counts the throttles of each limit or unit that has a name.
	ThrottledBy map[string]int64 `json:"throttled_by,omitempty"`

	// Rival counts the requests of the rival that were admitted, for each
	// limit by itself, up to the last request that asked that limit.
	Rival int64 `json:"rival,omitempty"`
}

// Stats returns the counts since the start or the last reset.
func (s *Server) Stats() (Stats, error) {
	st, err := s.store.open()
	if err != nil {
		return Stats{}, err
	}
	stats := st.Counts.stats()
	return stats, s.store.save()
}

func (c *counts) stats() Stats {
	s := Stats{
		Requests:    c.Accepted + c.Throttled,
		Accepted:    c.Accepted,
		Throttled:   c.Throttled,
		Faults:      c.Faults,
		MaxInFlight: c.MaxInFlight,
		Rival:       c.Rival,
		ByMethod:    make(map[string]int64, len(c.ByMethod)),
		ThrottledBy: maps.Clone(c.By),
	}
	maps.Copy(s.ByMethod, c.ByMethod)
	if c.FirstAt != 0 {
		s.FirstAt = time.Unix(0, c.FirstAt).UTC()
		s.LastAt = time.Unix(0, c.LastAt).UTC()
	}
	return s
}

// ResetStats starts the counts again at zero, and with them the numbers of
// requests on which faults depend. Limits remember.
func (s *Server) ResetStats() error {
	st, err := s.store.open()
	if err != nil {
		return err
	}
	st.Counts = counts{}
	return s.store.save()
}

// control serves the routes that no limit holds for and reports whether this
// is one of them.
func (s *Server) control(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case "/stats":
		if allow(w, r, http.MethodGet, http.MethodHead) {
			s.serveStats(w)
		}
	case "/stats/reset":
		if allow(w, r, http.MethodPost) {
			s.serveReset(w)
		}
	case "/log":
		if allow(w, r, http.MethodGet, http.MethodHead) {
			s.serveLog(w)
		}
	default:
		return false
	}
	return true
}

func (s *Server) serveStats(w http.ResponseWriter) {
	stats, err := s.Stats()
	if err != nil {
		fail(w, http.StatusInternalServerError, "sandbox_state", err.Error())
		return
	}
	replyJSON(w, http.StatusOK, stats)
}

func (s *Server) serveReset(w http.ResponseWriter) {
	if err := s.ResetStats(); err != nil {
		fail(w, http.StatusInternalServerError, "sandbox_state", err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) serveLog(w http.ResponseWriter) {
	if s.log == nil {
		fail(w, http.StatusNotFound, "no_log", "this sandbox keeps no log")
		return
	}
	replyJSON(w, http.StatusOK, s.log.list())
}

// allow rejects all methods but these.
func allow(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", methods[0])
	fail(w, http.StatusMethodNotAllowed, "method_not_allowed", r.URL.Path+": want "+methods[0])
	return false
}
