package httpcache

import (
	"fmt"
	"net/http"
	"time"
)

// A Policy is what the user wants of the cache. The zero value is no cache at all.
type Policy struct {
	On bool
	// For is for how long a response is used without asking the server; 0 always asks.
	For time.Duration
}

// ParsePolicy reads "off", "revalidate" or a duration, which duration parses.
func ParsePolicy(s string, duration func(string) (time.Duration, error)) (Policy, error) {
	switch s {
	case "off":
		return Policy{}, nil
	case "revalidate":
		return Policy{On: true}, nil
	}
	d, err := duration(s)
	if err != nil || d < 0 {
		return Policy{}, fmt.Errorf("%q is not revalidate, off or a duration such as 10m", s)
	}
	return Policy{On: true, For: d}, nil
}

// String writes a policy as ParsePolicy reads it.
func (p Policy) String() string {
	switch {
	case !p.On:
		return "off"
	case p.For == 0:
		return "revalidate"
	}
	return p.For.String()
}

// A use is what is done with a stored response.
type use int

const (
	useNot    use = iota // ask as if nothing were stored
	useAfter             // ask whether it still holds
	useAtOnce            // without asking
)

// use says what is done with a stored response for a request of this method and header (RFC 9111, section 4).
//
// A duration stands for max-age and max-stale of the same length: within it a stale response is used, unless the server
// has forbidden that (must-revalidate, no-cache); past it even a fresh one is asked for.
func (p Policy) use(s *Stored, method string, request http.Header, now time.Time) use {
	if s.HeadOnly && method != http.MethodHead {
		return useNot
	}
	if p.atOnce(s, parseDirectives(request), now) {
		return useAtOnce
	}
	if s.validators() {
		return useAfter
	}
	return useNot
}

func (p Policy) atOnce(s *Stored, asked directives, now time.Time) bool {
	said := parseDirectives(s.Header)
	resident := s.resident(now)
	switch {
	case p.For <= 0, resident < 0, resident > p.For, said.has("no-cache"), asked.has("no-cache"):
		return false
	}
	if most, ok := asked.seconds("max-age"); ok && s.age(now) > most {
		return false
	}
	if least, ok := asked.seconds("min-fresh"); ok {
		life, _ := s.lifetime()
		return life-s.age(now) >= least
	}
	return s.fresh(now) || reusable(s.Status) && !said.has("must-revalidate")
}
