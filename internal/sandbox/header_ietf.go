package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ietfDialects are the drafts of draft-ietf-httpapi-ratelimit-headers.
func ietfDialects() []dialect {
	return []dialect{
		{name: "ratelimit-6", write: rateLimit6, quotas: true},
		{name: "ratelimit-6-floor", write: rateLimit6, quotas: true, floor: true},
		{name: "ratelimit-6-list", write: tight(rateLimit6List), quotas: true},
		{name: "ratelimit-7", write: tight(rateLimit7), quotas: true},
		{name: "ratelimit-7-floor", write: tight(rateLimit7), quotas: true, floor: true},
		{name: "ratelimit-8", write: rateLimit8, quotas: true},
		{name: "ratelimit-8-floor", write: rateLimit8, quotas: true, floor: true},
		{name: "ratelimit-8-pk", write: rateLimit8PK, quotas: true},
	}
}

func rateLimit6(h http.Header, a *answer) {
	if q, ok := tightest(a.quotas); ok {
		h.Set("Ratelimit-Policy", a.policies())
		rateLimitFields(h, a, q)
	}
}

func rateLimitFields(h http.Header, a *answer, q quota) {
	h.Set("Ratelimit-Limit", strconv.Itoa(q.limit.N))
	h.Set("Ratelimit-Remaining", strconv.Itoa(q.remaining))
	h.Set("Ratelimit-Reset", a.seconds(q.full))
}

func rateLimit6List(h http.Header, a *answer, q quota) {
	rateLimitFields(h, a, q)
	h.Set("Ratelimit-Limit", strconv.Itoa(q.limit.N)+", "+a.policies())
}

func rateLimit7(h http.Header, a *answer, q quota) {
	h.Set("Ratelimit-Policy", a.policies())
	h.Set("Ratelimit", fmt.Sprintf("limit=%d, remaining=%d, reset=%s", q.limit.N, q.remaining, a.seconds(q.full)))
}

// policies lists all limits over time as the drafts up to 07 do.
func (a *answer) policies() string {
	var list []string
	for _, q := range a.quotas {
		if q.limit.Kind != Concurrency {
			list = append(list, fmt.Sprintf("%d;w=%s", q.limit.N, seconds(q.limit.Per)))
		}
	}
	return strings.Join(list, ", ")
}

// rateLimit8 names all limits: as they are called, else "default", "default-2"
// and so on by their places. t is when more quota comes, not when all is back.
func rateLimit8(h http.Header, a *answer) {
	var policies, states []string
	for _, q := range a.quotas {
		name := `"` + q.name("default") + `"`
		if q.limit.Name == "" && q.place > 0 {
			name = fmt.Sprintf(`"default-%d"`, q.place+1)
		}
		if q.limit.Kind == Concurrency {
			policies = append(policies, fmt.Sprintf(`%s;q=%d;qu="concurrent-requests"`, name, q.limit.N))
			states = append(states, fmt.Sprintf("%s;r=%d", name, q.remaining))
			continue
		}
		policies = append(policies, fmt.Sprintf("%s;q=%d;w=%s", name, q.limit.N, seconds(q.limit.Per)))
		states = append(states, fmt.Sprintf("%s;r=%d;t=%s", name, q.remaining, a.seconds(q.next)))
	}
	setLists(h, policies, states)
}

// rateLimit8PK is what express-rate-limit makes of the draft.
func rateLimit8PK(h http.Header, a *answer) {
	var policies, states []string
	for _, q := range a.quotas {
		if q.limit.Kind == Concurrency {
			continue
		}
		name := fmt.Sprintf(`"%d-in-%s"`, q.limit.N, window8(q.limit.Per))
		policies = append(policies, fmt.Sprintf("%s; q=%d; w=%s; pk=:NGYyODdk:", name, q.limit.N, seconds(q.limit.Per)))
		states = append(states, fmt.Sprintf("%s; r=%d; t=%s", name, q.remaining, a.seconds(q.full)))
	}
	setLists(h, policies, states)
}

func setLists(h http.Header, policies, states []string) {
	if len(policies) > 0 {
		h.Set("Ratelimit-Policy", strings.Join(policies, ", "))
		h.Set("Ratelimit", strings.Join(states, ", "))
	}
}

// window8 is how express-rate-limit calls a window: 3sec, 15min, 1hr, 1day.
func window8(d time.Duration) string {
	switch s := roundUp(d, time.Second); {
	case s < 60:
		return fmt.Sprint(s, "sec")
	case s < 3600:
		return fmt.Sprint(s/60, "min")
	case s < 86400:
		return fmt.Sprint(s/3600, "hr")
	default:
		return fmt.Sprint(s/86400, "day")
	}
}

// name is how headers call a limit.
func (q quota) name(otherwise string) string {
	if q.limit.Name == "" {
		return otherwise
	}
	return q.limit.Name
}
