package limiter

import (
	"net/http"
	"strings"
	"time"
)

// maxLimits is how many limits of one answer are read.
const maxLimits = 8

// fields are what an answer's header says: how long to wait, and what is left of each limit.
//
// Headers of limits all have the same make, so they are read by their make and not from a list of
// names: a vendor, then "RateLimit" or "Rate-Limit", then what the value is (limit, remaining,
// reset) and of which limit (requests, tokens, minute), in either order.
type fields struct {
	clock  clock
	rank   int // of the header that names wait: the lowest is believed
	source string
	wait   time.Duration

	doubted   int // the lowest rank of a header that should have named wait; 0 if there is none
	doubtedBy string
	doubt     string

	n      int
	limits [maxLimits]limit
}

// read takes in every header once. Names are canonical, as net/http makes them.
func (f *fields) read(h http.Header, now time.Time) {
	f.clock = clock{header: h, now: now}
	for key, values := range h {
		if len(values) > 0 {
			f.field(key, values)
		}
	}
	if f.n == 0 {
		return
	}
	f.policies(h["Ratelimit-Policy"])
	if old := h["Ratelimit-Limit"]; len(old) > 0 && strings.Contains(old[0], ";") {
		f.policies(old)
	}
	for i := range f.limits[:f.n] {
		f.limits[i].settle()
	}
}

// field takes in one header. Retry-After is that of RFC 9110, section 10.2.3; its siblings go after
// it, but for the one that says the same in milliseconds: a second may be rounded down to 0.
func (f *fields) field(key string, values []string) {
	switch key {
	case "Retry-After-Ms":
		f.retry(1, key, values[0], time.Millisecond)
	case "Retry-After":
		f.retry(2, key, values[0], time.Second)
	case "X-Amz-Retry-After":
		f.retry(3, key, values[0], time.Millisecond)
	case "X-Retry-In":
		f.retry(5, key, values[0], time.Second)
	case "X-Shopify-Shop-Api-Call-Limit", "Sforce-Limit-Info":
		f.used(key, values[0])
	case "Ratelimit":
		f.structured(values)
	default:
		if family, rest, ok := cutFamily(key); ok {
			f.vendor(key, family, rest, values[0])
		}
	}
}

// cutFamily cuts a header's name behind the word that says that it is about a limit. What Atlassian
// announces with "Beta" is not in force.
func cutFamily(key string) (family, rest string, ok bool) {
	if strings.IndexByte(key, 'R') < 0 {
		return "", "", false // most headers: this costs a fifth of the search
	}
	i := strings.Index(key, "Rate")
	if i < 0 {
		return "", "", false
	}
	end := i
	switch {
	case strings.HasPrefix(key[i:], "Ratelimit"):
		end += len("Ratelimit")
	case strings.HasPrefix(key[i:], "Rate-Limit"):
		end += len("Rate-Limit")
	default:
		return "", "", false
	}
	if strings.HasSuffix(key[:i], "Beta-") {
		return "", "", false
	}
	if end == len(key) {
		return key, "", true
	}
	return key[:end], key[end+1:], key[end] == '-'
}

// retry takes in a wait that an answer asks for.
func (f *fields) retry(rank int, key, value string, unit time.Duration) {
	w, ok := f.clock.parse(value, unit)
	switch {
	case !ok || w.past:
		if f.doubted == 0 || rank < f.doubted || rank == f.doubted && key < f.doubtedBy {
			f.doubted, f.doubtedBy, f.doubt = rank, key, w.doubt()
		}
	case outranks(rank, w.Duration, key, f.rank, f.wait, f.source):
		f.rank, f.source, f.wait = rank, key, w.Duration
	}
}

// ignored is why no header is believed that should say how long to wait; empty if one is, or none is there.
func (f *fields) ignored() string {
	if f.doubted == 0 || f.rank != 0 {
		return ""
	}
	return f.doubtedBy + " " + f.doubt
}

// vendor takes in one header of a family.
func (f *fields) vendor(key, family, rest, value string) {
	p, which := split(rest)
	switch p {
	case nothing:
		if strings.Contains(value, "remaining=") {
			f.pairs(key, family, which, value)
		}
		return
	case retryAfter:
		f.retry(4, key, value, time.Second)
		return
	}
	if x := f.limit(family, which); x != nil {
		x.called(which)
		x.take(&f.clock, p, key, value)
	}
}

// pairs takes in a limit in one header: Zendesk's "total=100; remaining=99; resets=41", and that of
// draft 07 of RateLimit, "limit=100, remaining=50, reset=5".
func (f *fields) pairs(key, family, which, value string) {
	x := f.limit(family, which)
	if x == nil {
		return
	}
	for pair := range strings.FieldsFuncSeq(value, isSeparator) {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		switch name {
		case "limit", "total":
			x.take(&f.clock, limitPart, key, value)
		case "remaining":
			x.take(&f.clock, leftPart, key, value)
		case "reset", "resets":
			x.take(&f.clock, resetPart, key, value)
		}
	}
}

func isSeparator(r rune) bool { return r == ',' || r == ';' }

// used takes in "used/limit": Shopify's 32/40, Salesforce's api-usage=10018/100000, which may have
// that of the calling app behind it.
func (f *fields) used(key, value string) {
	for share := range strings.FieldsFuncSeq(value, isSeparator) {
		which := ""
		if name, rest, ok := strings.Cut(share, "="); ok && !strings.Contains(name, "/") {
			which, share = strings.TrimSpace(name), rest
		}
		used, all, ok := strings.Cut(share, "/")
		if !ok {
			continue
		}
		if x := f.limit(key, which); x != nil {
			x.take(&f.clock, usedPart, key, used)
			x.take(&f.clock, limitPart, key, all)
		}
	}
}

// limit returns the limit that a header is about, made if it is not there; nil if there are too many.
func (f *fields) limit(family, which string) *limit {
	if x := f.known(family, which); x != nil {
		return x
	}
	if f.n == maxLimits {
		return nil
	}
	x := &f.limits[f.n]
	f.n++
	*x = limit{
		family: family, which: which, max: unknown, left: unknown, used: unknown,
		budget: Budget{Left: -1, Reset: -1},
	}
	return x
}

func (f *fields) known(family, which string) *limit {
	for i := range f.limits[:f.n] {
		if x := &f.limits[i]; x.which == which && x.family == family {
			return x
		}
	}
	return nil
}

// budgets adds what is left of the limits that count requests. One that counts something else says
// nothing of how many requests it is enough for, but that none is while it is used up.
func (f *fields) budgets(to *Budgets) {
	for i := range f.limits[:f.n] {
		x := &f.limits[i]
		if x.budget.Left == 0 && x.budget.Reset >= 0 || x.budget.Left >= 0 && !x.foreign {
			b := x.budget
			b.ID, b.Name = x.id(), x.title()
			to.add(b)
		}
	}
}

// pause returns the wait that a refusal asks for and the header that says so; 0 if none does. A
// reset counts only if its limit is used up: with some remaining it was another limit that refused.
// Of several limits that are used up, the one that takes longest decides.
func (f *fields) pause(resets bool) (time.Duration, string) {
	if f.rank != 0 {
		return max(f.wait, leastPause), f.source
	}
	var longest *limit
	for i := range f.limits[:f.n] {
		if x := &f.limits[i]; resets && x.budget.Left <= 0 && x.source != "" && !x.past && x.later(longest) {
			longest = x
		}
	}
	if longest == nil {
		return 0, ""
	}
	return max(longest.budget.Reset, leastPause), longest.source
}
