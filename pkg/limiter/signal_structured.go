package limiter

import (
	"strings"
	"time"

	"github.com/dunglas/httpsfv"
)

// structured takes in the RateLimit field, a structured field (RFC 9651), of either generation:
// draft-ietf-httpapi-ratelimit-headers from 08 on (`"default";r=50;t=30`, one item for each policy) or
// draft 07 (`limit=100, remaining=50, reset=5`). A malformed one is ignored, as the drafts ask.
func (f *fields) structured(lines []string) {
	if list, err := httpsfv.UnmarshalList(lines); err == nil {
		for _, member := range list {
			f.policy(member)
		}
		return
	}
	dict, err := httpsfv.UnmarshalDictionary(lines)
	if err != nil {
		return
	}
	x := f.of(hash("Ratelimit"))
	left, ok := number(dict, "remaining")
	if x == nil || !ok {
		return
	}
	x.budget.Name, x.budget.Left, x.left = "RateLimit", left, true
	x.budget.Limit, _ = number(dict, "limit")
	if reset, ok := number(dict, "reset"); ok {
		x.until("RateLimit", reset)
	}
}

// policy takes in one item: its name, r requests left, t seconds until there are more.
func (f *fields) policy(member httpsfv.Member) {
	item, ok := member.(httpsfv.Item)
	if !ok {
		return
	}
	var name string
	switch v := item.Value.(type) {
	case string:
		name = v
	case httpsfv.Token:
		name = string(v)
	default:
		return
	}
	left, ok := param(item.Params, "r")
	x := f.of(hash("RateLimit") + hash(name))
	if !ok || x == nil {
		return
	}
	x.budget.Name, x.budget.Left, x.left = "RateLimit "+strings.ToValidUTF8(name, "?"), left, true
	if t, ok := param(item.Params, "t"); ok {
		x.until("RateLimit", t)
	}
}

// quotas takes in the RateLimit-Policy field: q requests of unit qu in a window of w seconds. It says how
// large a limit is, which the RateLimit field does not.
func (f *fields) quotas(lines []string) {
	list, err := httpsfv.UnmarshalList(lines)
	if err != nil {
		return
	}
	for _, member := range list {
		item, ok := member.(httpsfv.Item)
		name, isString := item.Value.(string)
		if token, isToken := item.Value.(httpsfv.Token); isToken {
			name, isString = string(token), true
		}
		if !ok || !isString {
			continue
		}
		if x := f.known(hash("RateLimit") + hash(name)); x != nil {
			x.budget.Limit, _ = param(item.Params, "q")
			unit, _ := item.Params.Get("qu")
			x.foreign = unit != nil && unit != "requests"
		}
	}
}

// until notes when there is more, in seconds from now.
func (x *field) until(name string, seconds int64) {
	if wait, ok := bounded(float64(seconds)); ok {
		x.budget.Reset, x.resetName, x.rank = wait.Truncate(time.Second), name, int(resetAfterValue)
	}
}

// number returns an integer of a dictionary.
func number(d *httpsfv.Dictionary, key string) (int64, bool) {
	member, ok := d.Get(key)
	if !ok {
		return 0, false
	}
	item, ok := member.(httpsfv.Item)
	if !ok {
		return 0, false
	}
	return integer(item.Value)
}

// param returns an integer parameter.
func param(p *httpsfv.Params, key string) (int64, bool) {
	if p == nil {
		return 0, false
	}
	v, ok := p.Get(key)
	if !ok {
		return 0, false
	}
	return integer(v)
}

// integer reads a number that is not negative.
func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, n >= 0
	case float64:
		return int64(n), n >= 0 && n < 1e15
	}
	return 0, false
}
