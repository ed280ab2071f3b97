package headers

import (
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/structfield"
)

// sfFamily is the family of the RateLimit field, as the drafts spell it. The separate headers of the
// drafts up to 06 are of the family "Ratelimit", as net/http spells it.
const sfFamily = "RateLimit"

// longestField is how much of a structured field is parsed.
const longestField = 8 << 10

// structured takes in the RateLimit field of draft-ietf-httpapi-ratelimit-headers: a list of policies
// (`"default";r=50;t=30`, a structured field as of RFC 9651), or in draft 07 a dictionary
// (`limit=100, remaining=50, reset=5`).
func (f *Fields) structured(lines []string) {
	if i := strings.IndexAny(lines[0], `=;,"`); i >= 0 && lines[0][i] == '=' {
		f.pairs("Ratelimit", sfFamily, "", lines)
		return
	}
	for _, member := range parseList(lines) {
		if name, ok := policyName(member); ok {
			f.state(name, member.Params)
		}
	}
}

// parseList reads the lines of a list. A malformed one is ignored as a whole: RFC 9651, section 4.2.
func parseList(lines []string) []structfield.Item {
	size := 0
	for _, line := range lines {
		size += len(line)
	}
	if size == 0 || size > longestField {
		return nil
	}
	list, ok := structfield.List(lines)
	if !ok {
		return nil
	}
	return list
}

// policyName returns the name of an item, which is a string, or in the wild a token.
func policyName(item structfield.Item) (name string, ok bool) {
	switch v := item.Value.(type) {
	case string:
		return v, true
	case structfield.Token:
		return string(v), true
	}
	return "", false
}

// state takes in one policy's r, the requests left, and t, the seconds until there are more. If a policy
// comes twice, as one of two partitions or because a proxy doubled the line, the stricter counts.
func (f *Fields) state(name string, p structfield.Params) {
	x := f.limit(sfFamily, name)
	if x == nil {
		return
	}
	x.key, x.scope = "Ratelimit", partition(p)
	if r, ok := integer(p, "r"); ok {
		x.remaining = lower(x.remaining, r)
	}
	if t, ok := integer(p, "t"); ok {
		if w, ok := f.clock.number(float64(t), time.Second); ok && w.Duration >= x.budget.Reset {
			x.source, x.past, x.budget.Reset = "Ratelimit", w.past, w.Duration
		}
	}
}

// policies takes in the RateLimit-Policy field, which says how large the limits are: q of a unit qu
// in a window of w seconds. In the drafts up to 07 a policy has no name but its size, and it may be
// in RateLimit-Limit.
func (f *Fields) policies(lines []string) {
	list, alone := parseList(lines), f.n == 0
	for _, item := range list {
		name, ok := policyName(item)
		switch x := f.known(sfFamily, name); {
		case ok && alone: // what is left is not told
			if x := f.limit(sfFamily, name); x != nil {
				x.policy(item.Params)
			}
		case !ok:
			f.unnamed(item, len(list) == 1)
		case x != nil:
			x.policy(item.Params)
		case len(list) == 1:
			f.only(item.Params)
		}
	}
}

// only takes in the one policy of a response whose fields do not name it.
func (f *Fields) only(p structfield.Params) {
	q, _ := integer(p, "q")
	if x := f.known("Ratelimit", ""); x != nil && (x.max == unknown || x.max == q) {
		x.policy(p)
	}
}

func (x *limit) policy(p structfield.Params) {
	if q, ok := integer(p, "q"); ok {
		x.max = q
	}
	if w, ok := integer(p, "w"); ok {
		x.budget.Window = window(w)
	}
	if x.scope == "" {
		x.scope = partition(p)
	}
	unit := p.Get("qu")
	switch unit {
	case nil, "requests", structfield.Token("requests"):
	case "concurrent-requests", structfield.Token("concurrent-requests"):
		x.remaining, x.source, x.concurrency = unknown, "", true // there is room when one of them ends, not at a time
	default:
		x.foreign, x.quota = true, quotaUnit(unit)
	}
}

// unnamed takes in a policy such as 100;w=60. Where it is the only one, a limit that nothing else sizes is
// as large.
func (f *Fields) unnamed(item structfield.Item, only bool) {
	q, ok := item.Value.(int64)
	if !ok || q <= 0 {
		return
	}
	for i := range f.limits[:f.n] {
		x := &f.limits[i]
		if x.which != "" || x.max != q && (x.max != unknown || !only) {
			continue
		}
		x.max = q
		for _, key := range [...]string{"w", "window"} {
			if w, ok := integer(item.Params, key); ok {
				x.budget.Window = window(w)
			}
		}
	}
}

// window is a window's length, 0 if it makes no sense.
func window(seconds int64) time.Duration {
	if seconds <= 0 || seconds > int64(maxWindow/time.Second) {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// maxWindow is the longest window that is believed: a year.
const maxWindow = 366 * 24 * time.Hour

// partition is the pk parameter: the limit is one for each partition.
func partition(p structfield.Params) string {
	switch v := p.Get("pk").(type) {
	case []byte:
		return string(v)
	case string:
		return v
	case structfield.Token:
		return string(v)
	}
	return ""
}

// integer returns a parameter that is a whole number, or one with a fraction, which is cut.
func integer(p structfield.Params, key string) (int64, bool) {
	switch n := p.Get(key).(type) {
	case int64:
		return n, n >= 0
	case float64:
		return int64(n), n >= 0
	}
	return 0, false
}
