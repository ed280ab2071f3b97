package sandbox

import (
	"net/http"
	"time"
)

// Jira: bursts, and writes to one issue. Points are the meter's.
func likeJira() Config {
	writes := []string{http.MethodPost, http.MethodPut, http.MethodDelete}
	return Config{
		Limits: []Limit{
			{Name: "jira-burst-based", N: 100, Per: time.Second, Burst: 100},
			{Name: "jira-per-issue-on-write", Kind: Rolling, N: 20, Per: 2 * time.Second, Methods: writes, Path: "/rest/api/*/issue", Each: 5, Hidden: true},
		},
		Headers:      "jira,retry-after",
		ThrottleBody: `{"errorMessages":["Rate limit exceeded."],"errors":{}}`,
	}
}

func likeGitLab() Config {
	return Config{
		Base:         "/api/v4",
		Limits:       []Limit{{Kind: Fixed, N: 2000, Per: time.Minute}},
		Headers:      "ratelimit-6,retry-after",
		ThrottleBody: "Retry later",
	}
}

// Microsoft Graph tells of a limit when it throttles.
func likeMicrosoftGraph() Config {
	return Config{
		Base:         "/v1.0",
		Limits:       []Limit{{Kind: Rolling, N: 130, Per: 10 * time.Second}},
		Headers:      "retry-after",
		ThrottleBody: `{"error":{"code":"TooManyRequests","message":"The request has been throttled","innerError":{"code":"429"}}}`,
	}
}

func likeLinear() Config {
	return Config{
		Limits:         []Limit{{N: 5000, Per: time.Hour, Burst: 5000}},
		Headers:        "linear",
		ThrottleStatus: http.StatusBadRequest,
		ThrottleBody:   `{"errors":[{"message":"Rate limit exceeded.","extensions":{"code":"RATELIMITED","statusCode":429}}]}`,
	}
}

// Nginx is limit_req rate=10r/s with burst=20, which delays before it throttles.
func likeNginx() Config {
	return Config{
		Limits:         []Limit{{Kind: Leaky, N: 10, Per: time.Second, Burst: 20}},
		Headers:        "none",
		ThrottleStatus: http.StatusServiceUnavailable,
		ThrottleBody: "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n" +
			"<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
	}
}

// Notion: the budget of a connection, in windows of a minute.
func likeNotion() Config {
	return Config{
		Base:         "/v1",
		Limits:       []Limit{{Name: "connection", Kind: Fixed, N: 180, Per: time.Minute}},
		Headers:      "retry-after",
		ThrottleBody: `{"object":"error","status":429,"code":"rate_limited","message":"You have been rate limited. Please try again in a few minutes.","additional_data":{"rate_limit_reason":"{name}"}}`,
	}
}

func likeOkta() Config {
	return Config{
		Base:         "/api/v1",
		Limits:       []Limit{{Kind: Fixed, N: 600, Per: time.Minute, Each: 1}},
		Headers:      "okta",
		ThrottleBody: `{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests.","errorCauses":[]}`,
	}
}

func likeOpenAI() Config {
	return Config{
		Base:         "/v1",
		Limits:       []Limit{{N: 500, Per: time.Minute, Burst: 500}},
		Headers:      "openai,retry-after",
		ThrottleBody: `{"error":{"message":"Rate limit reached on requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in {wait}s.","type":"requests","param":null,"code":"rate_limit_exceeded"}}`,
	}
}

func likeSalesforce() Config {
	return Config{
		Limits:         []Limit{{Kind: Daily, N: 100_000}},
		Headers:        "salesforce",
		ThrottleStatus: http.StatusForbidden,
		ThrottleBody:   `[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]`,
	}
}

func likeShopify() Config {
	return Config{
		Limits:       []Limit{{N: 2, Per: time.Second, Burst: 40}},
		Headers:      "shopify,retry-after",
		ThrottleBody: `{"errors":"Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."}`,
	}
}

// Slack: by method, which is the first segment. Lists are of tier 2, all
// others of tier 3, but for posting.
func likeSlack() Config {
	return Config{
		Base: "/api",
		Limits: []Limit{
			{Kind: Fixed, N: 50, Per: time.Minute, Path: "!/chat.postMessage", Each: 1},
			{Kind: Fixed, N: 20, Per: time.Minute, Path: "/*.list", Each: 1},
			{N: 1, Per: time.Second, Burst: 3, Path: "/chat.postMessage"},
		},
		Headers:      "retry-after",
		ThrottleBody: `{"ok":false,"error":"ratelimited"}`,
	}
}

func likeStripe() Config {
	return Config{
		Limits: []Limit{
			{N: 100, Per: time.Second, Burst: 100},
			{Kind: Concurrency, N: 50},
		},
		Headers:      "none",
		ThrottleBody: `{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Request rate limit exceeded."}}`,
	}
}

// Vanta: by group of endpoints. A new token revokes the one before.
func likeVanta() Config {
	return Config{
		Base: "/v1",
		Limits: []Limit{
			{Kind: Fixed, N: 50, Per: time.Minute, Path: "!/integrations"},
			{Kind: Fixed, N: 20, Per: time.Minute, Path: "/integrations"},
			{Kind: Fixed, N: 5, Per: time.Minute, Path: "/oauth/token"},
		},
		OAuth:   OAuth{Path: "/oauth/token"},
		Headers: "none",
	}
}

// Zapier: hooks by route, the workflow API with a cool-down.
func likeZapier() Config {
	return Config{
		Limits: []Limit{
			{Kind: Rolling, N: 30, Per: time.Second, Path: "/hooks", Each: 4},
			{Kind: Fixed, N: 60, Per: time.Minute, Path: "!/hooks", Lockout: time.Minute},
		},
		Headers: "none",
	}
}

func likeZendesk() Config {
	return Config{
		Limits:       []Limit{{Kind: Fixed, N: 700, Per: time.Minute}},
		Headers:      "zendesk,retry-after",
		ThrottleBody: `{"error":"APIRateLimitExceeded","description":"Number of allowed API requests per minute exceeded"}`,
	}
}
