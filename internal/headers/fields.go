package headers

import (
	"net/http"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// maxLimits is how many limits of one response are read.
const maxLimits = 8

// Fields are what a response's header says: how long to wait, and what is left of each limit.
//
// Headers of limits all have the same make, so they are read by a grammar and not from a list of names:
// see [parseName].
type Fields struct {
	clock  clock
	rank   int // of the header that names wait: the lowest is believed
	source string
	wait   time.Duration

	doubted   int // the lowest rank of a header that should have named wait; 0 if there is none
	doubtedBy string
	doubt     string

	Advice Advice

	n      int
	limits [maxLimits]limit

	policyLines [3][]string // of the headers that say how large the limits are
}

// Read takes in every header once. Names are canonical, as net/http makes them.
func (f *Fields) Read(h http.Header, now time.Time) {
	f.clock = clock{header: h, now: now}
	for key, values := range h {
		if len(values) > 0 {
			f.field(key, values)
		}
	}
	for _, lines := range f.policyLines {
		f.policies(lines)
	}
	for i := range f.limits[:f.n] {
		f.limits[i].settle()
	}
}

// field takes in one header.
func (f *Fields) field(key string, values []string) {
	switch key {
	case "Retry-After": // RFC 9110, section 10.2.3
		f.retry(1, key, values, time.Second)
		return
	case "X-Shopify-Shop-Api-Call-Limit", "Sforce-Limit-Info":
		f.used(key, "", values)
		return
	case "Ratelimit":
		f.structured(values)
		return
	}
	if strings.HasSuffix(key, "Should-Retry") {
		f.advise(values)
		return
	}
	n, ok := parseName(key)
	if !ok {
		return
	}
	switch n.part {
	case nothing:
		if strings.Contains(values[0], "remaining=") {
			f.pairs(key, n.family, n.which, values)
		}
	case waitPart:
		f.retry(2, key, values, n.unitOf(key))
	case policyPart:
		f.notePolicies(values)
	default:
		f.vendor(key, &n, values)
	}
}

// An Advice is what X-Should-Retry and Stripe-Should-Retry say.
type Advice int

// What a server advises: nothing, to retry, or not to.
const (
	AdviceNone Advice = iota
	AdviceRetry
	AdviceStop
)

// advise takes in what the server says of retrying; of two that contradict each other the stricter counts.
func (f *Fields) advise(values []string) {
	for _, value := range values {
		switch strings.ToLower(strings.Trim(value, blank)) {
		case "true", "1", "yes", "?1":
			f.Advice = max(f.Advice, AdviceRetry)
		case "false", "0", "no", "?0":
			f.Advice = AdviceStop
		}
	}
}

// unitOf is the unit of a header's value: seconds, unless the name or the vendor's documentation says
// something else.
func (n *name) unitOf(key string) time.Duration {
	switch {
	case n.unit != 0:
		return n.unit
	case key == "X-Amz-Retry-After", n.family == "Gw-Ratelimit": // KuCoin's
		return time.Millisecond
	}
	return time.Second
}

// retry takes in a wait that a response asks for. Of several the longest is believed.
func (f *Fields) retry(rank int, key string, values []string, unit time.Duration) {
	w, ok := f.clock.longest(values, unit)
	switch {
	case !ok || w.past:
		if f.doubted == 0 || rank < f.doubted || rank == f.doubted && key < f.doubtedBy {
			f.doubted, f.doubtedBy, f.doubt = rank, key, w.doubt()
		}
	case f.rank == 0 || w.Duration > f.wait || w.Duration == f.wait && (rank < f.rank || rank == f.rank && key < f.source):
		f.rank, f.source, f.wait = rank, key, w.Duration
	}
}

// Ignored is why no header is believed that should say how long to wait; empty if one is, or none is there.
func (f *Fields) Ignored() string {
	if f.doubted == 0 || f.rank != 0 {
		return ""
	}
	return f.doubtedBy + " " + f.doubt
}

// vendor takes in one header of a limit.
func (f *Fields) vendor(key string, n *name, values []string) {
	if n.part == limitPart && isShare(values[0]) {
		f.used(key, n.which, values)
		return
	}
	if n.part == limitPart && strings.IndexByte(values[0], ';') > 0 { // drafts up to 06
		f.notePolicies(values)
	}
	x := f.limit(n.family, n.which)
	if x == nil {
		return
	}
	x.foreign = x.foreign || n.foreign
	x.concurrency = x.concurrency || n.concurrency
	x.budget.Window = max(x.budget.Window, n.window)
	x.take(&f.clock, n.part, key, values, n.unitOf(key))
}

// pairs takes in a limit in one header: Zendesk's "total=100; remaining=99; resets=41", and that of
// draft 07 of RateLimit, "limit=100, remaining=50, reset=5".
func (f *Fields) pairs(key, family, which string, lines []string) {
	x := f.limit(family, which)
	if x == nil {
		return
	}
	for _, line := range lines {
		for pair := range strings.FieldsFuncSeq(line, isSeparator) {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			if len(name) <= 12 {
				x.take(&f.clock, vocabulary(name).meaning, key, []string{value}, time.Second)
			}
		}
	}
}

func isSeparator(r rune) bool { return r == ',' || r == ';' }

// used takes in "used/limit": Shopify's 32/40, Salesforce's api-usage=10018/100000, which may have
// that of the calling app behind it.
func (f *Fields) used(key, which string, lines []string) {
	for share := range strings.FieldsFuncSeq(strings.Join(lines, ","), isSeparator) {
		of := which
		if name, rest, ok := strings.Cut(share, "="); ok && !strings.Contains(name, "/") {
			of, share = strings.TrimSpace(name), rest
		}
		used, all, ok := strings.Cut(share, "/")
		if !ok {
			continue
		}
		if x := f.limit(key, of); x != nil {
			x.count(usedPart, key, count(used))
			x.count(limitPart, key, count(all))
		}
	}
}

// notePolicies keeps the lines of a header of policies until all limits are known.
func (f *Fields) notePolicies(lines []string) {
	for i := range f.policyLines {
		if f.policyLines[i] == nil {
			f.policyLines[i] = lines
			return
		}
	}
}

// isShare reports whether a value is a number out of another, and not one per so many seconds.
func isShare(value string) bool {
	used, all, ok := strings.Cut(value, "/")
	if !ok {
		return false
	}
	n, most := count(used), count(all)
	return n >= 0 && n <= most
}

// limit returns the limit that a header is about, made if it is not there; nil if there are too many.
func (f *Fields) limit(family, which string) *limit {
	if x := f.known(family, which); x != nil {
		return x
	}
	if f.n == maxLimits {
		return nil
	}
	x := &f.limits[f.n]
	f.n++
	*x = limit{
		family: family, which: which, max: unknown, remaining: unknown, used: unknown,
		budget: pacing.Budget{Remaining: -1, Reset: -1},
	}
	return x
}

func (f *Fields) known(family, which string) *limit {
	for i := range f.limits[:f.n] {
		if x := &f.limits[i]; x.which == which && x.family == family {
			return x
		}
	}
	return nil
}

// Budgets adds what is left of the limits that count requests, or how large they are where that is all that is told.
// One that counts something else says nothing of how many requests it is enough for, but that none is while it is
// used up. Those of units are left out: see [Fields.unitBudgets].
func (f *Fields) Budgets(to *pacing.Budgets, units []Unit) {
	for i := range f.limits[:f.n] {
		x := &f.limits[i]
		if len(units) > 0 && x.unitOf(units) >= 0 {
			continue // the unit's own
		}
		if x.budget.Remaining == 0 && x.budget.Reset >= 0 || x.budget.Remaining >= 0 && !x.foreign {
			b := x.budget
			b.ID, b.Name = x.id(), x.title()
			to.Add(b)
		} else if b := &x.budget; b.Remaining < 0 && b.Limit > 0 && b.Window > 0 && !x.foreign && !x.concurrency {
			to.Promise(pacing.Window{Limit: int(b.Limit), Per: b.Window})
		}
	}
}

// Pause returns the wait that a throttle asks for and the header that says so; 0 if none does. A
// reset counts only if its limit is used up: with some remaining it was another limit that throttled.
// Of several limits that are used up, the one that takes longest decides.
func (f *Fields) Pause(resets bool) (time.Duration, string) {
	if f.rank != 0 {
		return max(f.wait, pacing.MinPause), f.source
	}
	var longest *limit
	for i := range f.limits[:f.n] {
		if x := &f.limits[i]; resets && x.budget.Remaining <= 0 && x.source != "" && !x.past && x.later(longest) {
			longest = x
		}
	}
	if longest == nil {
		return 0, ""
	}
	return max(longest.budget.Reset, pacing.MinPause), longest.source
}

// LongestWait returns the longest of the waits that a body names, in the forms of Retry-After; 0 if none is one.
func (f *Fields) LongestWait(waits []string) time.Duration {
	w, ok := f.clock.longest(waits, time.Second)
	if !ok || w.past {
		return 0
	}
	return max(w.Duration, pacing.MinPause)
}
