package sandbox

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxEcho bounds the body of a request that is echoed, in bytes.
const maxEcho = 64 << 20

// echoed is what /echo says about a request. Several values of one name are
// joined by commas.
type echoed struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"` // escapes as they came
	Query   map[string]string `json:"query"`
	Headers map[string]string `json:"headers"` // names in lower case, with host
	Body    string            `json:"body"`

	// BodyBase64 is there instead of Body if that is not UTF-8.
	BodyBase64 []byte `json:"body_base64,omitempty"`
}

func echo(w http.ResponseWriter, r *http.Request, status int) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEcho))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			fail(w, http.StatusRequestEntityTooLarge, "too_large", err.Error())
			return
		}
		badRequest(w, err.Error())
		return
	}
	e := echoed{
		Method:  r.Method,
		Path:    r.URL.EscapedPath(),
		Query:   make(map[string]string),
		Headers: map[string]string{"host": r.Host},
	}
	for name, values := range r.URL.Query() {
		e.Query[name] = strings.Join(values, ",")
	}
	for name, values := range r.Header {
		e.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	if utf8.Valid(body) {
		e.Body = string(body)
	} else {
		e.BodyBase64 = body
	}
	replyJSON(w, status, e)
}
