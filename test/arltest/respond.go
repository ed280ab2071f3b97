package arltest

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Respond responds as a URL's query says: status=N, header=NAME: VALUE (several times), body=TEXT.
func Respond(w http.ResponseWriter, q url.Values) {
	for _, line := range q["header"] {
		name, value, _ := strings.Cut(line, ":")
		w.Header().Add(name, strings.TrimSpace(value))
	}
	status, err := strconv.Atoi(q.Get("status"))
	if err != nil {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, q.Get("body"))
}

// TakeOver writes text as it is, and closes the connection.
func TakeOver(w http.ResponseWriter, text string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = io.WriteString(conn, text)
	_ = conn.Close()
}
