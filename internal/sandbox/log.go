package sandbox

import (
	"net/http"
	"sync"
	"time"
)

// logSize is how many requests the log holds.
const logSize = 1000

// logEntry is one request, as /log lists it.
type logEntry struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"` // 0: reset before the response
	UnixMS int64  `json:"unix_ms"`
}

// ring is the log: the last requests, in the order in which they ended.
type ring struct {
	mu      sync.Mutex
	entries [logSize]logEntry
	count   int // noted ever
}

func (l *ring) note(at time.Time, r *http.Request, w *statusWriter) {
	e := logEntry{Method: r.Method, Path: r.URL.EscapedPath(), Status: w.status, UnixMS: at.UnixMilli()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries[l.count%logSize] = e
	l.count++
}

// list returns the entries, oldest first.
func (l *ring) list() []logEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]logEntry, 0, min(l.count, logSize))
	for i := max(l.count-logSize, 0); i < l.count; i++ {
		list = append(list, l.entries[i%logSize])
	}
	return list
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
