package httpcheck

import (
	"net/http"
	"strings"
)

// A TunnelError says that a proxy did not connect to the server, and so that nothing was sent.
type TunnelError struct {
	Status  int    // of its response to CONNECT; 0 for a SOCKS proxy
	Message string // what it said
}

// Error implements error.
func (e *TunnelError) Error() string {
	if e.Status == 0 {
		return "the SOCKS proxy did not connect: " + e.Message
	}
	return "the proxy did not connect: CONNECT got " + e.Message
}

// Denied reports whether the proxy's user or password is wrong, or missing.
func (e *TunnelError) Denied() bool {
	return e.Status == http.StatusProxyAuthRequired || e.Status == 0 && strings.Contains(e.Message, "authentication")
}
