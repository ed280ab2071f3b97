package httpcache

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Storable reports whether a response may be stored by a private cache (RFC 9111, section 3). Authorization and private
// forbid nothing there: the cache is that of who asked, and keyed by the credential.
func Storable(method string, request http.Header, s *Stored) bool {
	switch {
	case method != http.MethodGet && method != http.MethodHead,
		parseDirectives(request).has("no-store"), parseDirectives(s.Header).has("no-store"),
		slices.Contains(fieldNames(s.Header["Vary"]), "*"):
		return false
	case reusable(s.Status):
		return true
	}
	life, _ := s.lifetime()
	return life > 0 && understood(s.Status)
}

// reusable reports whether a status may be stored without a word of the server, and kept for the user's duration. What
// is missing today, and a redirect for the time being, may be otherwise in a minute.
func reusable(status int) bool {
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo, http.StatusNoContent, http.StatusMultipleChoices,
		http.StatusMovedPermanently, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// understood reports whether a status may be stored for as long as the server says. Part of a response (206) is no
// response, and errors of the server are not kept.
func understood(status int) bool {
	switch status {
	case http.StatusFound, http.StatusTemporaryRedirect, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusGone, http.StatusRequestURITooLong:
		return true
	}
	return false
}

// storedHeader is what is stored of a response's header: nothing that was for one connection (section 3.1), and no
// cookie. A cookie is part of one exchange, often a session: to hand it out again could bring back an old one, and the
// cache would hold a credential.
func storedHeader(resp *http.Response) http.Header {
	h := maps.Clone(resp.Header)
	for _, name := range fieldNames(h["Connection"]) {
		delete(h, name)
	}
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Set-Cookie", "Set-Cookie2",
	} {
		delete(h, name)
	}
	if resp.Uncompressed { // the body is stored as it is handed on
		delete(h, "Content-Encoding")
		delete(h, "Content-Length")
	}
	return h
}

// Update returns what is stored after a 304 has said that it still holds: the new header fields over the old ones, but
// for those that tell of the body (section 3.2).
func Update(s Stored, notModified *http.Response, asked, received time.Time) Stored {
	h := maps.Clone(s.Header)
	for name, values := range storedHeader(notModified) {
		switch name {
		case "Content-Length", "Content-Encoding", "Content-Type", "Content-Range":
		default:
			h[name] = values
		}
	}
	if _, ok := notModified.Header["Age"]; !ok {
		delete(h, "Age") // that of the response before
	}
	s.Header, s.Asked, s.Received = h, asked, received
	return s
}
