package apiclient

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// A trace is the W3C trace context that this process is part of, see https://www.w3.org/TR/trace-context/.
type trace struct {
	id    string // 32 hexadecimal digits
	flags byte
	state string // tracestate, as it came
}

// What a traceparent consists of: version, trace id, parent id and flags, in hexadecimal digits, with hyphens between them.
const (
	traceparentSize = 2 + 1 + 32 + 1 + 16 + 1 + 2
	mostTraceState  = 32 // members of a tracestate
	knownTraceFlags = 0b11
)

// A traceparentError says that a text is no traceparent.
type traceparentError struct{ text string }

// Error implements error.
func (e *traceparentError) Error() string {
	return fmt.Sprintf("%q is not a traceparent such as 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", e.text)
}

// parseTrace reads a traceparent and the tracestate that belongs to it. A tracestate that is not one is left out.
func parseTrace(parent, state string) (*trace, error) {
	version, ok := hexByte(parent, 0)
	long := len(parent) > traceparentSize
	if !ok || len(parent) < traceparentSize || version == 0xff || long && (version == 0 || parent[traceparentSize] != '-') {
		return nil, &traceparentError{parent}
	}
	id, span := parent[3:35], parent[36:52]
	flags, ok := hexByte(parent, 53)
	if !ok || parent[2] != '-' || parent[35] != '-' || parent[52] != '-' || !isID(id) || !isID(span) {
		return nil, &traceparentError{parent}
	}
	t := &trace{id: id, flags: flags & knownTraceFlags}
	if validTraceState(state) {
		t.state = state
	}
	return t, nil
}

// hexByte reads two hexadecimal digits in lower case.
func hexByte(s string, at int) (byte, bool) {
	if len(s) < at+2 || s[at:at+2] != strings.ToLower(s[at:at+2]) {
		return 0, false
	}
	b, err := hex.DecodeString(s[at : at+2])
	if err != nil {
		return 0, false
	}
	return b[0], true
}

// isID reports whether a text is an id: hexadecimal digits in lower case, not all of them 0.
func isID(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == "" && strings.Trim(s, "0") != ""
}

// validTraceState reports whether a text can be sent as tracestate: what its members mean is theirs.
func validTraceState(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return strings.TrimSpace(s) != "" && strings.Count(s, ",") < mostTraceState
}

// child is the traceparent of one attempt.
func (t *trace) child() string {
	var span [8]byte
	for span == [8]byte{} {
		_, _ = rand.Read(span[:]) // never fails
	}
	return fmt.Sprintf("00-%s-%x-%02x", t.id, span, t.flags)
}

// traced returns a request with the trace that this process is part of. One that names its trace itself keeps that, as
// requests through a proxy do.
func (c *Client) traced(req *http.Request) *http.Request {
	if _, own := req.Header["Traceparent"]; own || c.trace == nil || !c.profile.Owns(req.URL) || crossedOrigin(req.Context()) {
		return req
	}
	sent := req.WithContext(req.Context())
	sent.Header = maps.Clone(req.Header)
	sent.Header["Traceparent"] = []string{c.trace.child()}
	if _, own := req.Header["Tracestate"]; !own && c.trace.state != "" {
		sent.Header["Tracestate"] = []string{c.trace.state}
	}
	return sent
}

// newTrace returns the trace of the environment if the profile has it passed on; nil if there is none.
func (c *Client) newTrace() *trace {
	if !c.profile.Traceparent || c.cfg.NoTrace || c.cfg.Getenv == nil {
		return nil
	}
	parent := c.cfg.Getenv("TRACEPARENT")
	if parent == "" {
		return nil
	}
	t, err := parseTrace(parent, c.cfg.Getenv("TRACESTATE"))
	if err != nil && c.cfg.Warn != nil {
		c.cfg.Warn(fmt.Errorf("$TRACEPARENT is not sent: %w", err))
	}
	return t
}

// tracingTransport gives each attempt a parent id of its own: an attempt is what a server's span begins with, and which of
// several it was can be told apart that way.
type tracingTransport struct {
	base http.RoundTripper
	c    *Client
}

// RoundTrip implements http.RoundTripper.
func (t *tracingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.base.RoundTrip(t.c.traced(req))
}
