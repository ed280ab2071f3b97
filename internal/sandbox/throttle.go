package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A throttleBody is what a throttled request is answered with.
type throttleBody struct {
	text   string
	kind   string // Content-Type
	filled bool   // has places to fill in
}

// noBody is the [Config.ThrottleBody] that stands for an empty one.
const noBody = "none"

// newThrottleBody reads a [Config.ThrottleBody] that is not empty.
func newThrottleBody(text string) *throttleBody {
	r := &throttleBody{text: text, kind: "text/plain; charset=utf-8", filled: strings.Contains(text, "{wait}") || strings.Contains(text, "{name}")}
	switch {
	case text == noBody:
		r.text, r.kind = "", ""
	case json.Valid([]byte(r.fill(time.Second, "name"))):
		r.kind = "application/json"
	case strings.HasPrefix(text, "<"):
		r.kind = "text/html; charset=utf-8"
	}
	return r
}

// fill puts what is known of a throttle into the text.
func (r *throttleBody) fill(wait time.Duration, name string) string {
	if !r.filled {
		return r.text
	}
	return strings.NewReplacer("{wait}", decimals(wait), "{name}", name).Replace(r.text)
}

// write answers a request that was throttled.
func (r *throttleBody) write(w http.ResponseWriter, status int, wait time.Duration, name string) {
	text := r.fill(wait, name)
	h := w.Header()
	if r.kind != "" {
		h.Set("Content-Type", r.kind)
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write([]byte(text))
}

// reject answers a request that the limits throttled.
func (s *Server) reject(w http.ResponseWriter, v *visit) {
	if v.by == nil {
		v.m.meter.reject(w, v.m)
		return
	}
	status, body := s.config.throttleStatus(), s.throttled
	if v.by.throttled != nil {
		body = v.by.throttled
	}
	if body != nil {
		body.write(w, status, v.wait, v.by.limit.Name)
		return
	}
	text := append(make([]byte, 0, 96), `{"error":{"code":"rate_limited","message":"too many requests`...)
	if v.wait > 0 {
		text = append(append(text, ": come back in "...), v.wait.String()...)
	}
	reply(w, status, append(text, `"}}`...))
}
