package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// vendorDialects are the headers of particular APIs.
func vendorDialects() []dialect {
	return []dialect{
		{name: "github", write: tight(github), quotas: true},
		{name: "okta", write: tight(okta), quotas: true},
		{name: "discord", write: tight(discord), quotas: true},
		{name: "linear", write: tight(linear), quotas: true},
		{name: "zendesk", write: tight(zendesk), quotas: true},
		{name: "openai", write: tight(openAI), quotas: true},
		{name: "anthropic", write: tight(anthropic), quotas: true},
		{name: "jira", write: tight(jira), quotas: true},
		{name: "shopify", write: tight(shopify), quotas: true},
		{name: "salesforce", write: tight(salesforce), quotas: true},
		{name: "hubspot", write: hubSpot, quotas: true},
	}
}

func github(h http.Header, a *answer, q quota) {
	h.Set("X-Ratelimit-Limit", strconv.Itoa(q.limit.N))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(q.remaining))
	h.Set("X-Ratelimit-Used", strconv.Itoa(q.used(q.limit.N)))
	h.Set("X-Ratelimit-Reset", a.epoch(q.full))
	h.Set("X-Ratelimit-Resource", q.name("core"))
}

func okta(h http.Header, a *answer, q quota) {
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(q.limit.N))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(q.remaining))
	h.Set("X-Rate-Limit-Reset", a.epoch(q.full))
}

func discord(h http.Header, a *answer, q quota) {
	h.Set("X-Ratelimit-Limit", strconv.Itoa(q.limit.N))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(q.remaining))
	h.Set("X-Ratelimit-Reset", epochFloat(a, q.full))
	h.Set("X-Ratelimit-Reset-After", decimals(q.full))
	h.Set("X-Ratelimit-Bucket", q.name("80c17d2f203122d936070c88c8d10f33"))
	if !a.ok {
		h.Set("X-Ratelimit-Scope", "user")
	}
}

func linear(h http.Header, a *answer, q quota) {
	h.Set("X-Ratelimit-Requests-Limit", strconv.Itoa(q.limit.N))
	h.Set("X-Ratelimit-Requests-Remaining", strconv.Itoa(q.remaining))
	h.Set("X-Ratelimit-Requests-Reset", strconv.FormatInt(ceil(a.now.Add(q.full), time.Millisecond).UnixMilli(), 10))
}

func zendesk(h http.Header, a *answer, q quota) {
	h.Set("X-Rate-Limit", strconv.Itoa(q.limit.N))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(q.remaining))
	rateLimitFields(h, a, q)
}

func openAI(h http.Header, _ *answer, q quota) {
	h.Set("X-Ratelimit-Limit-Requests", strconv.Itoa(q.limit.N))
	h.Set("X-Ratelimit-Remaining-Requests", strconv.Itoa(q.remaining))
	h.Set("X-Ratelimit-Reset-Requests", (time.Duration(roundUp(q.full, time.Millisecond)) * time.Millisecond).String())
}

func anthropic(h http.Header, a *answer, q quota) {
	h.Set("Anthropic-Ratelimit-Requests-Limit", strconv.Itoa(q.limit.N))
	h.Set("Anthropic-Ratelimit-Requests-Remaining", strconv.Itoa(q.remaining))
	h.Set("Anthropic-Ratelimit-Requests-Reset", ceil(a.now.Add(q.full), time.Second).Format(time.RFC3339))
}

// jira tells the reset in whole minutes, rounded up.
func jira(h http.Header, a *answer, q quota) {
	h.Set("X-Ratelimit-Limit", strconv.Itoa(q.limit.N))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(q.remaining))
	h.Set("X-Ratelimit-Reset", ceil(a.now.Add(q.full), time.Minute).Format("2006-01-02T15:04Z"))
	h.Set("X-Ratelimit-Nearlimit", strconv.FormatBool(5*q.remaining < q.limit.N))
	if !a.ok {
		h.Set("Ratelimit-Reason", cmp.Or(a.by, q.name("jira-quota-tenant-based")))
	}
}

// shopify counts by the size of the bucket.
func shopify(h http.Header, _ *answer, q quota) {
	size := q.limit.capacity()
	h.Set("X-Shopify-Shop-Api-Call-Limit", fmt.Sprintf("%d/%d", q.used(size), size))
}

func salesforce(h http.Header, _ *answer, q quota) {
	h.Set("Sforce-Limit-Info", fmt.Sprintf("api-usage=%d/%d", q.used(q.limit.N), q.limit.N))
}

// hubSpot has headers of its own for a daily limit.
func hubSpot(h http.Header, a *answer) {
	var short []quota
	for _, q := range a.quotas {
		if q.limit.Kind == Daily {
			h.Set("X-Hubspot-Ratelimit-Daily", strconv.Itoa(q.limit.N))
			h.Set("X-Hubspot-Ratelimit-Daily-Remaining", strconv.Itoa(q.remaining))
		} else {
			short = append(short, q)
		}
	}
	if q, ok := tightest(short); ok {
		h.Set("X-Hubspot-Ratelimit-Max", strconv.Itoa(q.limit.N))
		h.Set("X-Hubspot-Ratelimit-Remaining", strconv.Itoa(q.remaining))
		h.Set("X-Hubspot-Ratelimit-Interval-Milliseconds", strconv.FormatInt(q.limit.Per.Milliseconds(), 10))
	}
}
