package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// tagged is a part of the server of scripts whose responses can be stored: /tagged/... has an ETag, and a body that says
// how often it was changed, by any unsafe method. ?cc=C is its Cache-Control, ?vary=V its Vary, ?plain leaves the ETag
// out, ?cookie sets one, and ?bytes=N makes the body that long.
type tagged struct {
	mu       sync.Mutex
	versions map[string]int
}

func (t *tagged) serve(w http.ResponseWriter, r *http.Request) {
	version := t.version(r)
	q := r.URL.Query()
	for name, value := range map[string]string{"Cache-Control": q.Get("cc"), "Vary": q.Get("vary")} {
		if value != "" {
			w.Header().Set(name, value)
		}
	}
	if q.Has("cookie") {
		w.Header().Set("Set-Cookie", "session=s3cr3t-session")
	}
	tag := fmt.Sprintf(`"%d"`, version)
	if !q.Has("plain") {
		w.Header().Set("ETag", tag)
	}
	if !q.Has("plain") && r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	var size int
	_, _ = fmt.Sscan(q.Get("bytes"), &size)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"path": %q, "version": %d, "accept": %q, "fill": %q}`+"\n",
		r.URL.Path, version, r.Header.Get("Accept"), strings.Repeat("x", size))
}

// version returns how often a path was changed, this request included.
func (t *tagged) version(r *http.Request) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.versions == nil {
		t.versions = make(map[string]int)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		t.versions[r.URL.Path]++
	}
	return t.versions[r.URL.Path]
}
