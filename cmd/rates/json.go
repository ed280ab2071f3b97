package rates

import (
	"encoding/json"
	"io"
	"math"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/estimate"
)

// rateLine is one key in --json.
type rateLine struct {
	Key           string     `json:"key"`
	Rate          float64    `json:"rate"`
	RatePerMinute float64    `json:"rate_per_minute"`
	Ceiling       float64    `json:"ceiling,omitempty"`
	Limit         string     `json:"limit"` // "about" or "below" the ceiling, "none", "unknown"
	Burst         int        `json:"burst"`
	Cap           float64    `json:"cap,omitempty"` // requests per second, see `arl rates cap`
	CapSet        *time.Time `json:"cap_set,omitempty"`
	Source        string     `json:"source"`
	Updated       time.Time  `json:"updated"`
	LastThrottle  *time.Time `json:"last_throttle,omitempty"`
	PausedUntil   *time.Time `json:"paused_until,omitempty"`
	Unit          string     `json:"unit,omitempty"`        // what is counted, if not requests
	PerRequest    float64    `json:"per_request,omitempty"` // of the unit, on average
	Requests      int64      `json:"requests"`
	Accepted      int64      `json:"accepted"`
	Throttled     int64      `json:"refused"`
	Events        int64      `json:"congestion_events"`
	Users         []userLine `json:"users"`
	History       []pastLine `json:"history,omitempty"`
}

// userLine is a process that uses a key now.
type userLine struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
	Flying  int       `json:"in_flight"`
	Waiting int       `json:"waiting"`
}

// pastLine is a point of a key's history.
type pastLine struct {
	At        time.Time `json:"at"`
	Rate      float64   `json:"rate"`
	Ceiling   float64   `json:"ceiling,omitempty"`
	Sent      int64     `json:"requests"`
	Throttled int64     `json:"refused"`
}

// line is what is known of a key, its history apart.
func (v *view) line(key string) rateLine {
	l := v.known[key]
	line := rateLine{
		Key: key, Rate: Digits(l.Rate), RatePerMinute: Digits(l.Rate * 60), Ceiling: Digits(l.Ceiling),
		Limit: estimate.LimitOf(&l).String(), Burst: l.Burst,
		Source: l.Source.String(), Updated: l.Updated.UTC(),
		Unit: config.UnitOfKey(key), PerRequest: Digits(l.Sizes.Mean), Requests: l.Counts.Sent, Accepted: l.Counts.Accepted, Throttled: l.Counts.Throttled, Events: l.Counts.Events,
		Users: []userLine{},
	}
	for _, u := range v.users[key] {
		line.Users = append(line.Users, userLine{u.PID, u.Host, u.Command, u.Since, u.InFlight, u.Waiting})
	}
	if l.Cap.Rate > 0 {
		at := l.Cap.Set.UTC()
		line.Cap, line.CapSet = l.Cap.Rate, &at
	}
	if !l.LastThrottle.IsZero() {
		at := l.LastThrottle.UTC()
		line.LastThrottle = &at
	}
	if l.PausedUntil.After(v.at) {
		until := l.PausedUntil.UTC()
		line.PausedUntil = &until
	}
	return line
}

// Digits rounds to four digits behind the point, as rates.yaml does.
func Digits(v float64) float64 { return math.Round(v*1e4) / 1e4 }

// past is the history of a key.
func (v *view) past(key string) []pastLine {
	var past []pastLine
	for _, p := range v.history[key] {
		past = append(past, pastLine{p.At.UTC(), Digits(p.Rate), Digits(p.Ceiling), p.Sent, p.Throttled})
	}
	return past
}

// writeJSON writes all keys as one array, with their histories if that is asked for.
func (v *view) writeJSON(w io.Writer, past bool) error {
	lines := make([]rateLine, 0, len(v.known))
	for _, key := range v.keys() {
		line := v.line(key)
		if past {
			line.History = v.past(key)
		}
		lines = append(lines, line)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(lines)
}
