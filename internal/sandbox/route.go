package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// route answers the n-th accepted request. Paths are compared as they came:
// nothing is cleaned or redirected, as [http.ServeMux] would.
func route(w http.ResponseWriter, r *http.Request, n int64) {
	name, value, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if value != "" && !strings.Contains(value, "/") && numbered(w, r, name, value) {
		return
	}
	if jobs(w, r, n) {
		return
	}
	switch r.URL.Path {
	case "/echo":
		echo(w, r, http.StatusOK)
	case "/redirect-to":
		redirectTo(w, r)
	case "/pages":
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			pages(w, r)
			return
		}
		byMethod(w, r, n)
	default:
		byMethod(w, r, n)
	}
}

// numbered serves the routes of the form /name/number and reports whether
// this is one.
func numbered(w http.ResponseWriter, r *http.Request, name, value string) bool {
	var serve func(http.ResponseWriter, *http.Request, int)
	limit := 0
	switch name {
	case "status":
		serve, limit = status, 599
	case "bytes":
		serve, limit = stream, 1<<30
	case "slow":
		serve, limit = slow, int(10*time.Minute/time.Millisecond)
	case "redirect":
		serve, limit = redirect, 1000
	default:
		return false
	}
	number, err := strconv.Atoi(value)
	if err != nil || number < 0 || number > limit {
		badRequest(w, "/"+name+"/: want a number from 0 to "+strconv.Itoa(limit))
		return true
	}
	serve(w, r, number)
	return true
}

func byMethod(w http.ResponseWriter, r *http.Request, n int64) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		item(w, r, n)
	case http.MethodPost:
		echo(w, r, http.StatusCreated)
	case http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default:
		echo(w, r, http.StatusOK)
	}
}

// item is the plain response, written by hand because benchmarks aim at it.
func item(w http.ResponseWriter, r *http.Request, n int64) {
	path := r.URL.EscapedPath()
	id := path[strings.LastIndexByte(path, '/')+1:]
	if plain, err := url.PathUnescape(id); err == nil {
		id = plain
	}
	body := make([]byte, 0, len(path)+len(id)+48)
	body = append(body, `{"path":`...)
	body = appendString(body, path)
	body = append(body, `,"id":`...)
	body = appendString(body, id)
	body = append(body, `,"n":`...)
	body = strconv.AppendInt(body, n, 10)
	body = append(body, '}')
	reply(w, http.StatusOK, body)
}

func status(w http.ResponseWriter, r *http.Request, code int) {
	if code < 200 {
		badRequest(w, "/status/: want 200 to 599")
		return
	}
	if value := r.URL.Query().Get("retry_after"); value != "" {
		w.Header().Set("Retry-After", value)
	}
	if code == http.StatusNoContent || code == http.StatusNotModified {
		w.WriteHeader(code)
		return
	}
	reply(w, code, strconv.AppendInt([]byte(`{"status":`), int64(code), 10), '}')
}

func slow(w http.ResponseWriter, r *http.Request, ms int) {
	if !pause(r.Context(), time.Duration(ms)*time.Millisecond) {
		panic(http.ErrAbortHandler) // nobody is listening any more
	}
	reply(w, http.StatusOK, strconv.AppendInt([]byte(`{"waited_ms":`), int64(ms), 10), '}')
}

// stream sends n bytes, the digits of 0 to f over and over.
func stream(w http.ResponseWriter, r *http.Request, n int) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(n))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	const digits = "0123456789abcdef"
	chunk := []byte(strings.Repeat(digits, min(n/len(digits)+1, 2048)))
	for n > 0 {
		written, err := w.Write(chunk[:min(n, len(chunk))])
		if err != nil {
			return
		}
		n -= written
	}
}

func redirect(w http.ResponseWriter, _ *http.Request, n int) {
	if n > 1 {
		found(w, "/redirect/"+strconv.Itoa(n-1), http.StatusFound)
		return
	}
	found(w, "/items/0", http.StatusFound)
}

func redirectTo(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	code, err := redirectStatus(query.Get("status"))
	if err != nil {
		badRequest(w, err.Error())
		return
	}
	target, err := url.Parse(query.Get("url"))
	if err != nil || query.Get("url") == "" {
		badRequest(w, "/redirect-to: want ?url=")
		return
	}
	found(w, target.String(), code)
}

func redirectStatus(text string) (int, error) {
	if text == "" {
		return http.StatusFound, nil
	}
	code, err := strconv.Atoi(text)
	if err != nil || code < 300 || code > 399 || code == http.StatusNotModified {
		return 0, errors.New("status: want a redirect, 300 to 399")
	}
	return code, nil
}

func found(w http.ResponseWriter, target string, code int) {
	w.Header().Set("Location", target)
	body := appendString([]byte(`{"location":`), target)
	reply(w, code, body, '}')
}
