package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Likes lists the names that [Like] knows.
func Likes() []string {
	var names []string
	for _, v := range vendors() {
		names = append(names, v.name)
	}
	return names
}

// Like returns a server with the limits, headers and throttles of a public API,
// as far as they are known; where the size of a limit depends on the account,
// a usual one. An unknown name is an error that lists the known ones.
func Like(name string) (Config, error) {
	list := vendors()
	i := slices.IndexFunc(list, func(v vendor) bool { return v.name == name })
	if i < 0 {
		return Config{}, fmt.Errorf("like %q: want one of %s", name, strings.Join(Likes(), ", "))
	}
	c := list[i].config()
	if _, known := listings(name); known {
		c.Pages = name
	}
	if vendorMeter(name) != nil {
		c.Units, c.OwnLimits = name, len(c.Limits)
	}
	return c, nil
}

// vendor is an API that the sandbox can play.
type vendor struct {
	name   string
	config func() Config
}

func vendors() []vendor {
	return []vendor{
		{"airtable", likeAirtable},
		{"anthropic", likeAnthropic},
		{"aws", likeAWS},
		{"discord", likeDiscord},
		{"express", likeExpress},
		{"fieldguide", likeFieldguide},
		{"github", likeGitHub},
		{"gitlab", likeGitLab},
		{"google", likeGoogle},
		{"hubspot", likeHubSpot},
		{"jira", likeJira},
		{"linear", likeLinear},
		{"microsoft-graph", likeMicrosoftGraph},
		{"nginx", likeNginx},
		{"notion", likeNotion},
		{"okta", likeOkta},
		{"openai", likeOpenAI},
		{"salesforce", likeSalesforce},
		{"shopify", likeShopify},
		{"slack", likeSlack},
		{"stripe", likeStripe},
		{"vanta", likeVanta},
		{"zapier", likeZapier},
		{"zendesk", likeZendesk},
	}
}

// Airtable: by base, which is the first segment, and by token. A throttle locks
// out for 30 seconds, and nothing says so.
func likeAirtable() Config {
	return Config{
		Base: "/v0",
		Limits: []Limit{
			{Kind: Rolling, N: 5, Per: time.Second, Each: 1, Lockout: 30 * time.Second},
			{Kind: Rolling, N: 50, Per: time.Second, Lockout: 30 * time.Second},
		},
		Headers:      "none",
		ThrottleBody: `{"errors":[{"error":"RATE_LIMIT_REACHED","message":"Rate limit exceeded. Please try again later"}]}`,
	}
}

func likeAnthropic() Config {
	return Config{
		Limits:       []Limit{{N: 50, Per: time.Minute, Burst: 50}},
		Headers:      "anthropic,retry-after",
		ThrottleBody: `{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 50 requests per minute."}}`,
	}
}

func likeAWS() Config {
	return Config{
		Limits:         []Limit{{N: 20, Per: time.Second, Burst: 40}},
		Headers:        "none",
		ThrottleStatus: http.StatusBadRequest,
		ThrottleBody:   `{"__type":"ThrottlingException","message":"Rate exceeded"}`,
	}
}

// Discord: by channel, guild or the like, and 50 a second in all, of which the
// headers do not speak.
func likeDiscord() Config {
	return Config{
		Base: "/api/v10",
		Limits: []Limit{
			{Kind: Fixed, N: 5, Per: 5 * time.Second, Each: 2},
			{Kind: Fixed, N: 50, Per: time.Second, Hidden: true, ThrottleBody: `{"message":"You are being rate limited.","retry_after":{wait},"global":true}`},
		},
		Headers:      "discord,retry-after",
		ThrottleBody: `{"message":"You are being rate limited.","retry_after":{wait},"global":false}`,
	}
}

// Express is express-rate-limit (npm) with draft 8.
func likeExpress() Config {
	return Config{
		Limits:       []Limit{{Kind: Fixed, N: 100, Per: 15 * time.Minute}},
		Headers:      "ratelimit-8-pk,retry-after",
		ThrottleBody: "Too many requests, please try again later.",
	}
}

// Fieldguide publishes no limit.
func likeFieldguide() Config {
	return Config{
		Base:    "/v1",
		Limits:  []Limit{{N: 4, Per: time.Second, Burst: 4}},
		Headers: "none",
	}
}

// GitHub: with a token; search has a quota of its own. The secondary limits
// show only in the body. Writes cost as much as reads.
func likeGitHub() Config {
	const docs = `"documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"}`
	const secondary = `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",` + docs
	return Config{
		Limits: []Limit{
			{Name: "core", Kind: Fixed, N: 5000, Per: time.Hour, Path: "!/search"},
			{Name: "search", Kind: Fixed, N: 30, Per: time.Minute, Path: "/search"},
			{Kind: Fixed, N: 900, Per: time.Minute, Hidden: true, ThrottleBody: secondary},
			{Kind: Fixed, N: 80, Per: time.Minute, Methods: []string{"POST", "PATCH", "PUT", "DELETE"}, Hidden: true, ThrottleBody: secondary},
			{Kind: Concurrency, N: 100, Hidden: true, ThrottleBody: secondary},
		},
		Headers:        "github",
		ThrottleStatus: http.StatusForbidden,
		ThrottleBody:   `{"message":"API rate limit exceeded for user ID 1.",` + docs,
	}
}

func likeGoogle() Config {
	return Config{
		Limits:         []Limit{{Kind: Sliding, N: 600, Per: time.Minute}},
		Headers:        "none",
		ThrottleStatus: http.StatusForbidden,
		ThrottleBody:   `{"error":{"code":403,"message":"User Rate Limit Exceeded","errors":[{"domain":"usageLimits","reason":"userRateLimitExceeded","message":"User Rate Limit Exceeded"}]}}`,
	}
}

func likeHubSpot() Config {
	return Config{
		Limits: []Limit{
			{Name: "TEN_SECONDLY_ROLLING", Kind: Rolling, N: 100, Per: 10 * time.Second},
			{Name: "DAILY", Kind: Daily, N: 250_000},
		},
		Headers:      "hubspot",
		ThrottleBody: `{"status":"error","message":"You have reached a limit.","errorType":"RATE_LIMIT","policyName":"{name}"}`,
	}
}
