package limiter

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxFields is how many limits of one answer are read.
const maxFields = 8

// fields are what the headers of one answer say: of how long to wait, and of each limit.
//
// The vendors' headers all have the same make, so they are read by their make and not by a list of
// names: "ratelimit", "rate-limit" or the like, with a vendor before it, and after it what the value is (limit,
// remaining, reset) and which limit is meant (requests, tokens, minute).
type fields struct {
	now    time.Time // the answer's Date, or the local calendar
	source string    // the header that names wait
	rank   int       // of source: the lowest is believed
	wait   time.Duration

	n    int
	list [maxFields]field
}

// A field is what is known of one limit.
type field struct {
	budget    Budget
	left      bool   // Left is known
	foreign   bool   // counted in something else than requests
	resetName string // the header that names Reset
	rank      int    // of Reset: a reset-after is believed before a reset
}

// readFields reads every header once.
func readFields(h http.Header, now time.Time) fields {
	f := fields{now: now, rank: math.MaxInt}
	if date := h["Date"]; len(date) > 0 {
		if at, err := http.ParseTime(date[0]); err == nil {
			f.now = at
		}
	}
	for name, values := range h {
		if len(values) > 0 {
			f.read(name, values)
		}
	}
	if policy := h["Ratelimit-Policy"]; len(policy) > 0 && f.n > 0 {
		f.quotas(policy)
	}
	f.resource(h)
	return f
}

// read takes in one header. Names are canonical: X-Ratelimit-Reset.
func (f *fields) read(name string, values []string) {
	switch name {
	case "Retry-After":
		f.retry(0, name, values[0], time.Second)
	case "Retry-After-Ms":
		f.retry(1, name, values[0], time.Millisecond)
	case "X-Amz-Retry-After":
		f.retry(2, name, values[0], time.Millisecond)
	case "X-Ratelimit-Retry-After":
		f.retry(3, name, values[0], time.Second)
	case "X-Retry-In":
		f.retry(4, name, values[0], time.Second)
	case "X-Shopify-Shop-Api-Call-Limit", "Sforce-Limit-Info":
		f.used(name, values[0])
	case "Ratelimit":
		f.structured(values)
	case "Ratelimit-Policy":
	default:
		if vendor, rest, ok := cutLimit(name); ok {
			f.vendor(name, vendor, rest, values[0])
		}
	}
}

// cutLimit cuts a header's name at the word that says that it is about a limit.
func cutLimit(name string) (vendor, rest string, ok bool) {
	for i := 0; i+9 <= len(name); i++ {
		if name[i] != 'R' || name[i+1] != 'a' {
			continue
		}
		for _, word := range [...]string{"Ratelimit-", "Rate-Limit-"} {
			if strings.HasPrefix(name[i:], word) {
				return name[:i], name[i+len(word):], true
			}
		}
	}
	return "", "", false
}

// retry takes in a wait. Retry-After (RFC 9110, section 10.2.3) goes before its siblings.
func (f *fields) retry(rank int, name, value string, unit time.Duration) {
	if rank > f.rank {
		return
	}
	if wait, _, ok := parseWait(strings.TrimSpace(value), unit, f.now); ok && !f.past(value, wait) {
		f.rank, f.source, f.wait = rank, name, wait
	}
}

// past reports whether a wait of nothing came from an instant that is over: it names no time. A plain 0
// means less than a second.
func (f *fields) past(value string, wait time.Duration) bool {
	return wait == 0 && strings.TrimSpace(value) != "0" && len(value) > 9
}

// used takes in a "used/limit": Shopify's 32/40, Salesforce's api-usage=10018/100000.
func (f *fields) used(name, value string) {
	if _, after, ok := strings.Cut(value, "="); ok {
		value = after
	}
	used, limit, _ := strings.Cut(strings.TrimSpace(value), "/")
	n, ok1 := count(used)
	all, ok2 := count(limit)
	if x := f.of(hash(name)); x != nil && ok1 && ok2 {
		x.budget.Name, x.budget.Limit, x.budget.Left, x.left = name, all, max(all-n, 0), true
	}
}

// vendor takes in one of a vendor's headers: rest names the value and which limit it is.
func (f *fields) vendor(name, vendor, rest, value string) {
	kind, which := split(rest)
	if kind == noValue {
		return
	}
	x := f.of(hash(vendor)*31 + hash(which))
	if x == nil {
		return
	}
	x.foreign = x.foreign || foreign(which)
	value = strings.TrimSpace(value)
	switch kind {
	case limitValue:
		if n, ok := count(value); ok {
			x.budget.Limit = n
		}
	case leftValue:
		if n, ok := count(value); ok {
			x.budget.Name, x.budget.Left, x.left = name, n, true
		}
	default:
		f.reset(x, kind, name, value)
	}
}

// reset takes in when more of a limit is there.
func (f *fields) reset(x *field, kind valueKind, name, value string) {
	unit := time.Second
	if kind == resetMsValue {
		unit = time.Millisecond
	}
	if int(kind) < x.rank {
		return
	}
	if wait, exact, ok := parseWait(value, unit, f.now); ok {
		x.budget.Reset, x.budget.Exact, x.resetName, x.rank = wait, exact, name, int(kind)
	}
}

// known returns the field of a limit, nil if it is not there.
func (f *fields) known(id int64) *field {
	for i := range f.list[:f.n] {
		if f.list[i].budget.ID == id {
			return &f.list[i]
		}
	}
	return nil
}

// of returns the field of a limit, made if it is not there; nil if there are too many.
func (f *fields) of(id int64) *field {
	if id == 0 {
		id = 1
	}
	if x := f.known(id); x != nil {
		return x
	}
	if f.n == maxFields {
		return nil
	}
	f.list[f.n] = field{budget: Budget{ID: id, Reset: -1}}
	f.n++
	return &f.list[f.n-1]
}

// resource keeps GitHub's resources apart: each has a limit of its own under the same names.
func (f *fields) resource(h http.Header) {
	if r := h["X-Ratelimit-Resource"]; len(r) > 0 && f.n > 0 {
		for i := range f.list[:f.n] {
			f.list[i].budget.ID += hash(r[0])
		}
	}
}

// budgets returns what is left of the limits that count requests. One that counts something else
// matters only when it is used up.
func (f *fields) budgets(b *Budgets) {
	for i := range f.list[:f.n] {
		x := &f.list[i]
		if x.left && (!x.foreign || x.budget.Left == 0 && x.budget.Reset > 0) {
			b.add(x.budget)
		}
	}
}

// pause returns the wait that a refusal asks for and the header that says so; 0 if none does. A reset
// counts only if its limit is used up: with some remaining it was another limit that refused.
func (f *fields) pause(resets bool) (time.Duration, string) {
	if f.source != "" {
		return max(f.wait, leastPause), f.source
	}
	var longest *field
	for i := range f.list[:f.n] {
		x := &f.list[i]
		used := !x.left || x.budget.Left == 0
		if resets && used && x.budget.Reset >= 0 && x.resetName != "" && (longest == nil || x.budget.Reset > longest.budget.Reset) {
			longest = x
		}
	}
	if longest == nil {
		return 0, ""
	}
	return max(longest.budget.Reset, leastPause), longest.resetName
}

type valueKind int

const (
	noValue valueKind = iota
	limitValue
	leftValue
	resetValue
	resetMsValue
	resetAfterValue
)

// split finds in the end of a header's name which value it is, and of which limit.
func split(rest string) (kind valueKind, which string) {
	for _, word := range [...]struct {
		text string
		kind valueKind
	}{
		{"Reset-After", resetAfterValue}, {"Reset-Ms", resetMsValue}, {"Reset", resetValue},
		{"Remaining", leftValue}, {"Limit", limitValue}, {"Max", limitValue},
	} {
		switch {
		case rest == word.text:
			return word.kind, ""
		case strings.HasPrefix(rest, word.text) && rest[len(word.text)] == '-':
			return word.kind, rest[len(word.text)+1:]
		case strings.HasSuffix(rest, word.text) && rest[len(rest)-len(word.text)-1] == '-':
			return word.kind, rest[:len(rest)-len(word.text)-1]
		}
	}
	return noValue, ""
}

// foreign reports whether a limit counts something else than requests.
func foreign(which string) bool {
	for _, unit := range [...]string{"Token", "Point", "Cost", "Byte", "Credit", "Complexity", "token", "byte"} {
		if strings.Contains(which, unit) {
			return true
		}
	}
	return false
}

// count reads a number of requests: the first of a list such as "100, 100;w=60".
func count(value string) (int64, bool) {
	end := strings.IndexAny(value, ",; ")
	if end >= 0 {
		value = value[:end]
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 1e15 {
		return 0, false
	}
	return int64(n), true
}

// hash is FNV-1a.
func hash(s string) int64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return int64(h >> 1)
}
