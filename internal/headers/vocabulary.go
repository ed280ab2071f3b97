package headers

import "time"

// A meaning is what a word of a header's name means. Those up to waitPart are parts: what a header says of
// a limit, or how long to wait.
type meaning int8

const (
	nothing meaning = iota
	limitPart
	windowPart
	fillPart
	scopePart
	policyPart
	usedPart
	remainingPart
	resetPart
	resetAfterPart
	waitPart

	afterWord       // beside a part: its value counts from now
	instantWord     // beside a part: its value is an instant
	retryWord       // with one of these it is how long to wait
	unitWord        // of the value: Milliseconds
	windowWord      // in which the limit holds: Minute
	clientWord      // who is limited, or a kind of request
	requestWord     // that it is requests that are
	otherWord       // that it is something else than requests
	concurrencyWord // that it is requests in flight
	subjectWord     // that the header is about a limit
)

// A word is one word of a header's name. The zero value is one that has no meaning.
type word struct {
	meaning meaning
	span    time.Duration // of a unit or window
}

func (w word) isPart() bool { return w.meaning > nothing && w.meaning <= waitPart }

// isHint reports whether a word tells how a part beside it is meant.
func (w word) isHint() bool { return w.meaning == afterWord || w.meaning == instantWord }

// vocabulary is the table of words that names of headers are made of. What a limit counts and is not in
// it is something else than requests.
func vocabulary(s string) word {
	var lower [16]byte
	if s == "" || len(s) > len(lower) {
		return word{}
	}
	for i := range len(s) {
		lower[i] = s[i] | 0x20
	}
	switch string(lower[:len(s)]) {
	case "limit", "max", "maximum", "quota", "total":
		return word{meaning: limitPart}
	case "remaining", "remain", "left", "available", "unused":
		return word{meaning: remainingPart}
	case "used", "usage", "observed", "consumed":
		return word{meaning: usedPart}
	case "reset", "resets", "replenish":
		return word{meaning: resetPart}
	case "interval", "window", "period", "duration":
		return word{meaning: windowPart}
	case "resource", "bucket", "name":
		return word{meaning: scopePart}
	case "policy":
		return word{meaning: policyPart}
	case "fillrate":
		return word{meaning: fillPart}
	case "backoff", "cooldown":
		return word{meaning: waitPart}
	case "retry":
		return word{meaning: retryWord}
	case "after", "in", "delay", "until", "next", "wait":
		return word{meaning: afterWord}
	case "at", "on", "time", "timestamp", "date", "epoch", "unix", "utc":
		return word{meaning: instantWord}
	case "concurrent", "concurrency", "parallel":
		return word{meaning: concurrencyWord}
	case "throttle", "throttling":
		return word{meaning: subjectWord}
	case "requests", "request", "calls", "call":
		return word{meaning: requestWord}
	case "reads", "writes", "deletes", "queries", "messages", "api", "http", "web", "endpoint", "global", "user", "users", "app",
		"application", "client", "ip", "key", "account", "tenant", "subscription", "method", "route", "project", "organization",
		"organisation", "org", "workspace", "team", "member", "token", "service", "burst", "month", "monthly", "per", "this",
		"xrm":
		return word{meaning: clientWord}
	case "tokens", "input", "output", "complexity", "points", "cost", "credits", "bytes", "images", "characters", "pages", "error",
		"errors":
		return word{meaning: otherWord}
	}
	return timeWord(string(lower[:len(s)]))
}

// timeWord is the part of the table that is about time. A unit of the value is in the plural or short, a
// window in the singular.
func timeWord(s string) word {
	switch s {
	case "ns", "nanos", "nanoseconds":
		return word{unitWord, time.Nanosecond}
	case "us", "micros", "microseconds":
		return word{unitWord, time.Microsecond}
	case "ms", "msec", "msecs", "millis", "milliseconds":
		return word{unitWord, time.Millisecond}
	case "s", "sec", "secs", "seconds":
		return word{unitWord, time.Second}
	case "mins", "minutes":
		return word{unitWord, time.Minute}
	case "hours":
		return word{unitWord, time.Hour}
	case "second", "secondly":
		return word{windowWord, time.Second}
	case "min", "minute", "minutely":
		return word{windowWord, time.Minute}
	case "hour", "hourly":
		return word{windowWord, time.Hour}
	case "day", "daily", "today":
		return word{windowWord, 24 * time.Hour}
	case "week", "weekly":
		return word{windowWord, 7 * 24 * time.Hour}
	}
	if s[0] >= '1' && s[0] <= '9' { // 24hour
		if w, ok := parseSpan(s); ok {
			return word{windowWord, w.Duration}
		}
	}
	return word{}
}
