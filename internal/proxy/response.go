package proxy

import "net/http"

// A plainWriter passes a response on without what net/http would add to it.
type plainWriter struct {
	http.ResponseWriter
	interim bool // the client understands responses that precede the final one
}

// WriteHeader implements http.ResponseWriter.
func (w *plainWriter) WriteHeader(status int) {
	if status < http.StatusOK {
		if w.interim {
			w.ResponseWriter.WriteHeader(status)
		}
		return
	}
	if _, typed := w.Header()["Content-Type"]; !typed {
		w.Header()["Content-Type"] = nil // or net/http guesses one
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *plainWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
