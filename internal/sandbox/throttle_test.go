package sandbox

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrottleBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		given, kind, want string
	}{
		{"", "application/json", `{"error":{"code":"rate_limited","message":"too many requests: come back in 1.5s"}}` + "\n"},
		{"slow down", "text/plain; charset=utf-8", "slow down"},
		{"<h1>no</h1>", "text/html; charset=utf-8", "<h1>no</h1>"},
		{`{"ok":false}`, "application/json", `{"ok":false}`},
		{`{"retry_after":{wait},"policy":"{name}"}`, "application/json", `{"retry_after":1.5,"policy":"day"}`},
		{"none", "", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, Config{Limits: []Limit{{N: 2, Per: 3 * time.Second, Name: "day"}}, ThrottleBody: tt.given})
			ask(t, s, "/items/1")
			r := ask(t, s, "/items/1")
			if r.status != 429 || r.body != tt.want || r.header.Get("Content-Type") != tt.kind {
				t.Errorf("%q: %d, %s, %q, want 429, %s, %q", tt.given, r.status, r.header.Get("Content-Type"), r.body, tt.kind, tt.want)
			}
		})
	}
}

// TestThrottleBodyOfALimit: the limit that throttles for longest has the word.
func TestThrottleBodyOfALimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Config{
			Limits: []Limit{
				{N: 1, Per: time.Minute, ThrottleBody: "a minute"},
				{N: 1, Per: time.Hour, ThrottleBody: "an hour"},
				{Kind: Fixed, N: 2, Per: 30 * time.Minute},
			},
			ThrottleBody: "any",
		})
		var got []string
		for range 3 {
			got = append(got, ask(t, s, "/items/1").body)
			time.Sleep(time.Hour - time.Second)
			got = append(got, ask(t, s, "/items/1").body)
			time.Sleep(time.Second)
		}
		if got[1] != "an hour" || got[3] != "an hour" {
			t.Errorf("bodies = %q, want an hour's", got)
		}
	})
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n    int64
		want string
	}{{0, "0"}, {1, "0.001"}, {120, "0.12"}, {1000, "1"}, {59500, "59.5"}, {60000, "60"}} {
		if got := decimal(tt.n, 3); got != tt.want {
			t.Errorf("decimal(%d, 3) = %q, want %q", tt.n, got, tt.want)
		}
	}
}

func TestOverloaded(t *testing.T) {
	t.Parallel()
	s := newServer(t, Config{Faults: Faults{Overloaded: 1}})
	if r := ask(t, s, "/items/1"); r.status != 529 || r.header.Get("Retry-After") != "" {
		t.Errorf("answer = %d, %v, want 529 without Retry-After", r.status, r.header)
	}
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ status, want int }{{0, 429}, {403, 403}} {
		s := newServer(t, Config{Limits: []Limit{{N: 1, Per: time.Hour}}, ThrottleStatus: tt.status})
		ask(t, s, "/items/1")
		r := ask(t, s, "/items/1")
		var body struct {
			Error struct{ Code, Message string }
		}
		if err := json.Unmarshal([]byte(r.body), &body); err != nil {
			t.Errorf("body %q: %v", r.body, err)
		}
		if r.status != tt.want || body.Error.Code != "rate_limited" || r.header.Get("Retry-After") != "3600" {
			t.Errorf("throttle = %d, %q, Retry-After %s, want %d, rate_limited, 3600", r.status, body.Error.Code, r.header.Get("Retry-After"), tt.want)
		}
	}
}
