package sandbox

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// vendorMeter returns what an API counts besides requests; nil if that is nothing.
func vendorMeter(name string) *meter {
	switch name {
	case "openai":
		return openAIMeter()
	case "anthropic":
		return anthropicMeter()
	case "github":
		return gitHubMeter()
	case "shopify":
		return shopifyMeter()
	case "linear":
		return linearMeter()
	case "jira":
		return jiraMeter()
	}
	return nil
}

// OpenAI: requests and tokens, by model. A request has to fit with all of the tokens that it may take.
func openAIMeter() *meter {
	return &meter{
		units: []meterUnit{{name: "requests", n: 500, per: time.Minute}, {name: "tokens", n: 30_000, per: time.Minute}},
		read: func(r *http.Request, body []byte) *metered {
			q := readModel(r, body, 0.5)
			if q == nil {
				return nil
			}
			return &metered{
				key: q.Model, model: q, need: []float64{1, float64(q.prompt) + q.MaxTokens}, take: []float64{1, float64(q.prompt + q.completion)},
			}
		},
		tell: openAIUnits, reject: openAIReject, serve: serveModel(false),
	}
}

func openAIUnits(h http.Header, m *metered) {
	for _, x := range m.left {
		h.Set(unitHeader("X-Ratelimit-Limit", x.unit.name, ""), strconv.Itoa(int(x.unit.n)))
		h.Set(unitHeader("X-Ratelimit-Remaining", x.unit.name, ""), strconv.Itoa(int(x.left)))
		h.Set(unitHeader("X-Ratelimit-Reset", x.unit.name, ""), (time.Duration(roundUp(x.full, time.Millisecond)) * time.Millisecond).String())
	}
}

func openAIReject(w http.ResponseWriter, m *metered) {
	u := m.meter.units[m.by]
	short := map[string]string{"tokens": "TPM", "requests": "RPM"}[u.name]
	w.Header().Set("Retry-After-Ms", strconv.FormatInt(roundUp(m.wait, time.Millisecond), 10))
	w.Header().Set("Retry-After", seconds(m.wait))
	replyJSON(w, http.StatusTooManyRequests, object{"error": object{
		"message": fmt.Sprintf("Rate limit reached for %s on %s per min (%s): Limit %.0f, Requested %.0f. Please try again in %ss.", m.key, u.name, short, u.n, m.need[m.by], decimals(m.wait)),
		"type":    u.name, "param": nil, "code": "rate_limit_exceeded",
	}})
}

// Anthropic: requests, and input and output tokens apart, by model. max_tokens does not count, what is used does.
func anthropicMeter() *meter {
	return &meter{
		units: []meterUnit{
			{name: "requests", n: 50, per: time.Minute}, {name: "input-tokens", n: 30_000, per: time.Minute}, {name: "output-tokens", n: 8_000, per: time.Minute},
		},
		read: func(r *http.Request, body []byte) *metered {
			q := readModel(r, body, 0.5)
			if q == nil {
				return nil
			}
			take := []float64{1, float64(q.prompt), float64(q.completion)}
			return &metered{key: q.Model, model: q, need: []float64{1, float64(q.prompt), 1}, take: take}
		},
		tell: func(h http.Header, m *metered) {
			for _, x := range m.left {
				h.Set(unitHeader("Anthropic-Ratelimit", x.unit.name, "Limit"), strconv.Itoa(int(x.unit.n)))
				h.Set(unitHeader("Anthropic-Ratelimit", x.unit.name, "Remaining"), strconv.Itoa(int(x.left)))
				h.Set(unitHeader("Anthropic-Ratelimit", x.unit.name, "Reset"), ceil(m.now.Add(x.full), time.Second).Format(time.RFC3339))
			}
		},
		reject: func(w http.ResponseWriter, m *metered) {
			u := m.meter.units[m.by]
			w.Header().Set("Retry-After", seconds(m.wait))
			replyJSON(w, http.StatusTooManyRequests, object{"type": "error", "error": object{
				"type":    "rate_limit_error",
				"message": fmt.Sprintf("This request would exceed your organization's rate limit of %.0f %s per minute.", u.n, strings.ReplaceAll(u.name, "-", " ")),
			}})
		},
		serve: serveMessages,
	}
}

// GitHub's GraphQL: points in an hour, and secondary points in a minute of which the headers do not speak. A point is a
// hundred lists.
func gitHubMeter() *meter {
	const points, secondary = 0, 1
	m := &meter{units: []meterUnit{
		{name: "points", n: 5000, per: time.Hour, window: true}, {name: "secondary", n: 2000, per: time.Minute, window: true},
	}}
	m.read = func(r *http.Request, body []byte) *metered {
		q := readGraphQL(r, body)
		if q == nil {
			return nil
		}
		cost := []float64{max(1, float64(int(graphQLNodes(q.fields, 1)/100+0.5))), 1}
		if q.kind == "mutation" {
			cost[secondary] = 5
		}
		return &metered{query: q, need: cost, take: cost}
	}
	m.tell = func(h http.Header, m *metered) {
		x := m.left[points]
		a := &answer{now: m.now}
		h.Set("X-Ratelimit-Limit", strconv.Itoa(int(x.unit.n)))
		h.Set("X-Ratelimit-Remaining", strconv.Itoa(int(x.left)))
		h.Set("X-Ratelimit-Used", strconv.Itoa(int(x.unit.n-x.left)))
		h.Set("X-Ratelimit-Reset", a.epoch(x.full))
		h.Set("X-Ratelimit-Resource", "graphql")
		m.query.rateLimit = object{
			"limit": int(x.unit.n), "cost": int(m.take[points]), "remaining": int(x.left), "used": int(x.unit.n - x.left),
			"resetAt": ceil(m.now.Add(x.full), time.Second).Format(time.RFC3339), "nodeCount": int(graphQLNodes(m.query.fields, 1)),
		}
	}
	m.reject = func(w http.ResponseWriter, m *metered) {
		if m.by == points {
			replyJSON(w, http.StatusOK, object{"errors": []object{{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}}})
			return
		}
		replyJSON(w, http.StatusForbidden, object{"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."})
	}
	m.serve = serveGraphQL(nil)
	return m
}

// Shopify's GraphQL: cost, which has to be there as it may be, and is charged as it is.
func shopifyMeter() *meter {
	m := &meter{units: []meterUnit{{name: "cost", n: 100, per: time.Second, size: 2000}}}
	m.read = func(r *http.Request, body []byte) *metered {
		q := readGraphQL(r, body)
		if q == nil {
			return nil
		}
		base := 0.0
		if q.kind == "mutation" {
			base = 10
		}
		return &metered{query: q, need: []float64{base + graphQLCost(q.fields, true)}, take: []float64{base + graphQLCost(q.fields, false)}}
	}
	m.reject = func(w http.ResponseWriter, m *metered) {
		replyJSON(w, http.StatusOK, object{
			"errors":     []object{{"message": "Throttled", "extensions": object{"code": "THROTTLED"}}},
			"extensions": shopifyCost(m, nil),
		})
	}
	m.serve = serveGraphQL(func(m *metered) object { return shopifyCost(m, m.take[0]) })
	return m
}

func shopifyCost(m *metered, actual any) object {
	x := m.left[0]
	return object{"cost": object{
		"requestedQueryCost": m.need[0], "actualQueryCost": actual,
		"throttleStatus": object{"maximumAvailable": x.unit.size, "currentlyAvailable": float64(int(x.left)), "restoreRate": x.unit.n},
	}}
}

// graphQLMeter counts nothing: it answers documents where no API says more.
func graphQLMeter() *meter {
	return &meter{also: true, serve: serveGraphQL(nil), read: func(r *http.Request, body []byte) *metered {
		if q := readGraphQL(r, body); q != nil {
			return &metered{query: q}
		}
		return nil
	}}
}

// serveGraphQL answers a document.
func serveGraphQL(extensions func(*metered) object) func(http.ResponseWriter, *http.Request, *metered) {
	return func(w http.ResponseWriter, _ *http.Request, m *metered) {
		var more object
		if extensions != nil {
			more = extensions(m)
		}
		replyJSON(w, http.StatusOK, m.query.answer(more))
	}
}

// Linear: requests and complexity in an hour, of a bucket that refills all the time.
func linearMeter() *meter {
	m := &meter{units: []meterUnit{
		{name: "requests", n: 5000, per: time.Hour}, {name: "complexity", n: 3_000_000, per: time.Hour},
	}}
	m.read = func(r *http.Request, body []byte) *metered {
		q := readGraphQL(r, body)
		if q == nil {
			return nil
		}
		cost := []float64{1, max(1, graphQLCost(q.fields, true))}
		return &metered{query: q, need: cost, take: cost}
	}
	m.tell = func(h http.Header, m *metered) {
		for _, x := range m.left {
			h.Set(unitHeader("X-Ratelimit", x.unit.name, "Limit"), strconv.Itoa(int(x.unit.n)))
			h.Set(unitHeader("X-Ratelimit", x.unit.name, "Remaining"), strconv.Itoa(int(x.left)))
			h.Set(unitHeader("X-Ratelimit", x.unit.name, "Reset"), strconv.FormatInt(ceil(m.now.Add(x.full), time.Millisecond).UnixMilli(), 10))
		}
		h.Set("X-Complexity", strconv.Itoa(int(m.take[1])))
	}
	m.reject = func(w http.ResponseWriter, m *metered) {
		replyJSON(w, http.StatusBadRequest, object{"errors": []object{{
			"message":    "Rate limit exceeded. Only " + strconv.Itoa(int(m.meter.units[m.by].n)) + " " + m.throttledBy() + " are allowed per 1 hour.",
			"extensions": object{"code": "RATELIMITED", "statusCode": 429},
		}}})
	}
	m.serve = serveGraphQL(nil)
	return m
}

// Jira: points in an hour, one for a request and one for each object that it reads.
func jiraMeter() *meter {
	writes := []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	return &meter{
		units: []meterUnit{{name: "points", n: 65_000, per: time.Hour, window: true}}, also: true,
		read: func(r *http.Request, _ []byte) *metered {
			cost := 2.0
			switch n, err := strconv.Atoi(r.URL.Query().Get("maxResults")); {
			case slices.Contains(writes, r.Method):
				cost = 1
			case err == nil && n > 0:
				cost = 1 + float64(min(n, maxPageSize))
			case path.Base(r.URL.Path) == "search" || path.Base(r.URL.Path) == "jql":
				cost = 1 + 50
			}
			return &metered{need: []float64{cost}, take: []float64{cost}}
		},
		tell: func(h http.Header, m *metered) {
			x := m.left[0]
			h.Set("Beta-Ratelimit-Policy", fmt.Sprintf(`"tenant-app-quota";q=%.0f;w=3600`, x.unit.n))
			h.Set("Beta-Ratelimit", fmt.Sprintf(`"tenant-app-quota";r=%.0f;t=%s`, x.left, seconds(x.full)))
		},
		reject: func(w http.ResponseWriter, m *metered) {
			w.Header().Set("Retry-After", seconds(m.wait))
			w.Header().Set("Ratelimit-Reason", "jira-quota-tenant-based")
			replyJSON(w, http.StatusTooManyRequests, object{"errorMessages": []string{"Rate limit exceeded."}, "errors": object{}})
		},
	}
}
