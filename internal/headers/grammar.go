package headers

import (
	"strings"
	"time"
)

// A name is what a header's name says. Vendors invent them by one grammar, which is read instead of a list
// of them; the words are those of [vocabulary]:
//
//	name    = [vendor] subject words        X-App-Rate-Limit-Remaining-Minute
//	        / [vendor] words                X-DayLimit-Remaining, X-Quota-Reset
//	        / [vendor] retry [unit]         X-Ms-Retry-After-Ms
//	subject = "RateLimit" / "Rate-Limit"
//	words   = a part (Limit, Remaining, Used, Reset, Window), the units of its value, and of which limit
//	          it is (Requests, Minute, User), in any order
//	retry   = "Retry" ("After" / "In" / "At" / "Delay" ...) / "Backoff"
//
// Dashes between words are optional.
type name struct {
	part   meaning
	family string        // the name up to the subject, such as "X-Ratelimit"
	which  string        // "Requests", "Minute", or empty
	unit   time.Duration // of the value; 0 if it is not told
	window time.Duration // in which the limit holds; 0 if it is not told

	foreign     bool // the limit is one of something else than requests
	concurrency bool // it is one of requests in flight
}

// parseName reads a header's name; false if it says nothing of limits.
func parseName(key string) (n name, ok bool) {
	if !hinted(key) || len(key) > longestName {
		return n, false
	}
	start, end := subject(key)
	if strings.HasSuffix(key[:start], "Beta-") {
		return n, false // Atlassian's announcements are not in force
	}
	if end == 0 {
		return parseWhole(key)
	}
	n.family = key[:end]
	rest := strings.TrimPrefix(key[end:], "-")
	switch rest {
	case "Limit", "": // "" is Zendesk's X-Rate-Limit. These four are here for speed.
		n.part = limitPart
		return n, true
	case "Remaining":
		n.part = remainingPart
		return n, true
	case "Reset":
		n.part = resetPart
		return n, true
	// What follows no rule is BigCommerce's and Linear's.
	case "Time-Reset-Ms":
		n.part, n.which, n.unit = resetPart, "Requests", time.Millisecond
		return n, true
	case "Time-Window-Ms":
		n.part, n.which, n.unit = windowPart, "Requests", time.Millisecond
		return n, true
	case "Endpoint-Name":
		n.part, n.which = scopePart, "Endpoint-Requests"
		return n, true
	}
	l := lexer{text: rest, subject: true}
	l.split()
	l.name(&n)
	return n, true
}

// hinted finds out at little cost that most headers are about something else.
func hinted(key string) bool {
	switch key { // the commonest, for speed
	case "Content-Type", "Content-Length", "Content-Encoding", "Date", "Server", "Vary", "Cache-Control", "Etag", "Connection",
		"Set-Cookie", "Strict-Transport-Security", "X-Content-Type-Options", "X-Request-Id":
		return false
	}
	if strings.Contains(key, "imit") || strings.Contains(key, "etry") {
		return true
	}
	for i := range len(key) {
		switch key[i] {
		case 'R', 'Q', 'W', 'B', 'D':
			rest := key[i+1:]
			return strings.Contains(rest, "emain") || strings.Contains(rest, "eset") || strings.Contains(rest, "equests") ||
				strings.Contains(rest, "uota") || strings.Contains(rest, "ait") || strings.Contains(rest, "ackoff")
		}
	}
	return false
}

// subject finds the word that says that a header is about a limit; 0, 0 if there is none.
func subject(key string) (start, end int) {
	if i := strings.Index(key, "atelimit"); i > 0 && key[i-1]|0x20 == 'r' {
		return i - 1, i + len("atelimit")
	}
	for at := 0; ; {
		i := strings.Index(key[at:], "Rate-Limit")
		switch {
		case i < 0:
			return 0, 0
		case at+i == 0 || key[at+i-1] == '-':
			return at + i, at + i + len("Rate-Limit")
		}
		at += i + 1
	}
}

// parseWhole reads a name without the subject: it has to name both a limit and a part, or a wait.
func parseWhole(key string) (n name, ok bool) {
	l := lexer{text: strings.TrimPrefix(key, "X-")}
	n.family = "X"
	l.split()
	l.name(&n)
	switch n.part {
	case waitPart:
		return n, true
	case limitPart, remainingPart, usedPart, resetPart, resetAfterPart:
		return n, l.limits()
	}
	return n, false
}
