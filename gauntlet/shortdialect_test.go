package gauntlet

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// A rounding says how a server writes an instant or a span.
type rounding int

const (
	unsaid   rounding = iota
	ceiled            // whole seconds, rounded up
	floored           // whole seconds, rounded down
	fraction          // seconds with a fraction
	epochCeiled
	epochFloored
	epochFraction
)

// write returns how a server writes an instant that is so far ahead of now.
func (r rounding) write(now time.Time, ahead time.Duration) string {
	s := max(0, ahead).Seconds()
	if r >= epochCeiled {
		s += float64(now.UnixMicro()) / 1e6
	}
	switch r {
	case ceiled, epochCeiled:
		return strconv.Itoa(int(math.Ceil(s - 1e-6)))
	case floored, epochFloored:
		return strconv.Itoa(int(s))
	default:
		return strconv.FormatFloat(s, 'f', 3, 64)
	}
}

// String implements fmt.Stringer.
func (r rounding) String() string {
	return [...]string{"", "ceil", "floor", "fraction", "epoch ceil", "epoch floor", "epoch fraction"}[r]
}

// fields are the names under which a server says what is left.
type fields int

const (
	noFields   fields = iota
	xRateLimit        // X-RateLimit-Limit, -Remaining, -Reset
	xRateDashLimit
	draft06    // RateLimit-Limit, -Remaining, -Reset, RateLimit-Policy
	draft07    // RateLimit: limit=, remaining=, reset=
	draft08    // RateLimit: "default";r=;t=
	policyOnly // RateLimit-Policy as in draft 08, and not what is left
)

// A dialect is how a server tells its limit.
type dialect struct {
	Fields fields
	Reset  rounding // unsaid: limit and remaining only
	Retry  rounding // of Retry-After in a throttled response
}

// header writes what the server says in one response.
func (d dialect) header(h http.Header, l limit, at time.Duration, throttled bool) {
	t, now := l.told(at), yearBegan().Add(at)
	if throttled && d.Retry != unsaid {
		h.Set("Retry-After", d.Retry.write(now, t.Retry))
	}
	reset := d.Reset.write(now, t.Reset)
	window := wholeSeconds(t.Window)
	switch d.Fields {
	case xRateLimit:
		d.three(h, "X-RateLimit-", t, reset)
	case xRateDashLimit:
		d.three(h, "X-Rate-Limit-", t, reset)
	case draft06:
		d.three(h, "RateLimit-", t, reset)
		h.Set("RateLimit-Policy", strconv.Itoa(t.Limit)+";w="+window)
	case draft07:
		h.Set("RateLimit", fmt.Sprintf("limit=%d, remaining=%d, reset=%s", t.Limit, t.Left, reset))
		h.Set("RateLimit-Policy", strconv.Itoa(t.Limit)+";w="+window)
	case draft08, policyOnly:
		d.policies(h, l, at)
	}
}

// policies writes each limit with a name of its own.
func (d dialect) policies(h http.Header, l limit, at time.Duration) {
	list := []status{l.told(at)}
	if several, ok := l.(together); ok {
		list = several.each(at)
	}
	for i, t := range list {
		name := strconv.Quote("p" + strconv.Itoa(i))
		h.Add("RateLimit-Policy", fmt.Sprintf("%s;q=%d;w=%s", name, t.Limit, wholeSeconds(t.Window)))
		if d.Fields == draft08 {
			h.Add("RateLimit", fmt.Sprintf("%s;r=%d;t=%s", name, t.Left, d.Reset.write(yearBegan().Add(at), t.Reset)))
		}
	}
}

func wholeSeconds(d time.Duration) string { return strconv.Itoa(max(1, int(math.Round(d.Seconds())))) }

func (d dialect) three(h http.Header, prefix string, t status, reset string) {
	h.Set(prefix+"Limit", strconv.Itoa(t.Limit))
	h.Set(prefix+"Remaining", strconv.Itoa(t.Left))
	if d.Reset != unsaid {
		h.Set(prefix+"Reset", reset)
	}
}

// tells is how much the headers tell, for the tables.
func (d dialect) tells() string {
	switch {
	case d.Fields == noFields && d.Retry == unsaid:
		return "nothing"
	case d.Fields == noFields:
		return "Retry-After"
	case d.Fields == policyOnly:
		return "policy"
	case d.Reset == unsaid:
		return "no reset"
	}
	return "limit, remaining, reset"
}

// String names the dialect in a server's name.
func (d dialect) String() string {
	name := [...]string{"", "X-RateLimit", "X-Rate-Limit", "draft 06", "draft 07", "draft 08", "policy only"}[d.Fields]
	switch {
	case d.Fields == noFields && d.Retry == unsaid:
		return "no header"
	case d.Fields == noFields:
		return "Retry-After " + d.Retry.String()
	case d.Fields == policyOnly:
	case d.Reset == unsaid:
		name += " without reset"
	default:
		name += " " + d.Reset.String()
	}
	if d.Retry != unsaid {
		name += ", Retry-After " + d.Retry.String()
	}
	return name
}
