package cookies

import (
	"strings"
	"time"
)

// A cookieDate is what has been found of a date so far.
type cookieDate struct {
	clock, day, month, year    bool
	hour, minute, second       int
	dayOfMonth, monthOf, years int
}

// parseCookieDate reads a date as RFC 6265, section 5.1.1 has it done: a time, a day, a month and a year, in
// nearly any order and form. The zone is not looked at: it is always UTC.
func parseCookieDate(text string) (time.Time, bool) {
	var d cookieDate
	for token := range strings.FieldsFuncSeq(text, dateDelimiter) {
		switch {
		case !d.clock && d.takeClock(token):
		case !d.day && d.takeDay(token):
		case !d.month && d.takeMonth(token):
		case !d.year:
			d.takeYear(token)
		}
	}
	return d.time()
}

func dateDelimiter(r rune) bool {
	return r == '\t' || ' ' <= r && r <= '/' || ';' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
}

// takeClock takes hours, minutes and seconds, and what follows them.
func (d *cookieDate) takeClock(token string) bool {
	var parts [3]int
	rest := token
	for i := range parts {
		n, digits := leadingNumber(rest)
		if digits == 0 || digits > 2 {
			return false
		}
		parts[i], rest = n, rest[digits:]
		if i == 2 {
			break
		}
		if rest == "" || rest[0] != ':' {
			return false
		}
		rest = rest[1:]
	}
	d.hour, d.minute, d.second, d.clock = parts[0], parts[1], parts[2], true
	return true
}

func (d *cookieDate) takeDay(token string) bool {
	n, digits := leadingNumber(token)
	if digits == 0 || digits > 2 {
		return false
	}
	d.dayOfMonth, d.day = n, true
	return true
}

func (d *cookieDate) takeMonth(token string) bool {
	if len(token) < 3 {
		return false
	}
	at := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(token[:3]))
	if at < 0 || at%3 != 0 {
		return false
	}
	d.monthOf, d.month = at/3+1, true
	return true
}

func (d *cookieDate) takeYear(token string) {
	n, digits := leadingNumber(token)
	switch {
	case digits < 2 || digits > 4:
		return
	case n >= 70 && n <= 99:
		n += 1900
	case n < 70:
		n += 2000
	}
	d.years, d.year = n, true
}

func (d *cookieDate) time() (time.Time, bool) {
	if !d.clock || !d.day || !d.month || !d.year || d.years < 1601 || d.hour > 23 || d.minute > 59 || d.second > 59 {
		return time.Time{}, false
	}
	at := time.Date(d.years, time.Month(d.monthOf), d.dayOfMonth, d.hour, d.minute, d.second, 0, time.UTC)
	return at, at.Day() == d.dayOfMonth // not the 31st of February
}

// leadingNumber returns the number that a text begins with, and how many digits it has.
func leadingNumber(text string) (n, digits int) {
	for digits < len(text) && '0' <= text[digits] && text[digits] <= '9' {
		if digits < 5 {
			n = 10*n + int(text[digits]-'0')
		}
		digits++
	}
	return n, digits
}
