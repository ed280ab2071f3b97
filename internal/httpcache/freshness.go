package httpcache

import (
	"net/http"
	"time"
)

// A Stored is what is known of a stored response besides its body.
type Stored struct {
	Status   int         `json:"status"`
	Header   http.Header `json:"header"`
	Asked    time.Time   `json:"asked"`    // when the request was sent
	Received time.Time   `json:"received"` // when the response's header came, or that of the last 304
	HeadOnly bool        `json:"head_only,omitempty"`
}

// lifetime is for how long a response is fresh by what the server says (RFC 9111, section 4.2.1); false if it does not
// say. s-maxage is for shared caches. Heuristics are not used: without a word of the server the user's duration holds.
func (s *Stored) lifetime() (time.Duration, bool) {
	d := parseDirectives(s.Header)
	if age, ok := d.seconds("max-age"); ok {
		return age, true
	}
	values, ok := s.Header["Expires"]
	if !ok {
		return 0, false
	}
	expires, err := http.ParseTime(values[0])
	if err != nil {
		return 0, true // "0" and the like mean the past (section 5.3)
	}
	return max(expires.Sub(s.date()), 0), true
}

// date is when the server made the response.
func (s *Stored) date() time.Time {
	if date, err := http.ParseTime(s.Header.Get("Date")); err == nil {
		return date
	}
	return s.Received
}

// age is how old a response is (section 4.2.3).
func (s *Stored) age(now time.Time) time.Duration {
	apparent := max(s.Received.Sub(s.date()), 0)
	said, _ := deltaSeconds(s.Header.Get("Age"))
	corrected := said + max(s.Received.Sub(s.Asked), 0)
	return max(apparent, corrected) + max(now.Sub(s.Received), 0)
}

// resident is how long ago the response was received, or found to hold still; less than nothing if a clock was set
// back since.
func (s *Stored) resident(now time.Time) time.Duration { return now.Sub(s.Received) }

// fresh reports whether a response is fresh by what the server says.
func (s *Stored) fresh(now time.Time) bool {
	life, ok := s.lifetime()
	return ok && s.age(now) < life
}

// validators reports whether the server can be asked whether the response still holds.
func (s *Stored) validators() bool {
	return s.Header.Get("Etag") != "" || s.Header.Get("Last-Modified") != ""
}
