package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The calls that clients of an API really make find lists, and what is no list stays what it was.
func TestCollections(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ api, call, body, want string }{
		{"notion", "POST /v1/data_sources/1/query", `{"page_size":2}`, `{"results":[{"id":"1","path":"/items/1"},{`},
		{"notion", "POST /v1/pages", `{}`, `{"method":"POST"`},
		{"notion", "GET /v1/data_sources/1/query", "", `{"path":"/v1/data_sources/1/query"`},
		{"vanta", "GET /v1/controls?pageSize=1", "", `{"results":{"data":[{"id":"1","path":"/items/1","name":"Item 1"}]`},
		{"fieldguide", "GET /v1/engagements?per_page=1&page=3", "", `{"data":[{"id":"3","path":"/items/3","name":"Item 3"}]`},
		{"airtable", "GET /v0/app1/tbl1?pageSize=1", "", `{"offset":"after-1","records":[{"id":"1","path":"/items/1","fields":{"Name":"Row 1"}}]`},
		{"airtable", "POST /v0/app1/tbl1", `{}`, `{"method":"POST"`},
		{"github", "GET /repos/o/r/issues?per_page=1", "", `[{"id":"1","path":"/items/1","number":1,"title":"Issue 1"}]`},
		{"github", "POST /repos/o/r/issues", `{}`, `{"method":"POST"`},
		{"github", "GET /repos/o/r/issues/7", "", `{"path":"/repos/o/r/issues/7","id":"7"`},
		{"openai", "GET /v1/models?limit=1", "", `{"data":[{"id":"1",`},
		{"slack", "GET /api/conversations.list?limit=1", "", `{"members":[{"id":"1",`},
		{"zapier", "GET /v2/list?limit=1", "", `{"data":[{"id":"1",`},
		{"slack", "POST /api/chat.postMessage", `{"channel":"C1"}`, `{"channel":"C1","ok":true,"ts":"`},
		{"slack", "POST /api/chat.postMessage", `{"text":"x"}`, `{"error":"channel_not_found","ok":false}`},
		{"slack", "POST /api/chat.postMessage", `{`, `{"error":"invalid_json","ok":false}`},
	} {
		t.Run(tt.api+" "+tt.call, func(t *testing.T) {
			t.Parallel()
			method, target, _ := strings.Cut(tt.call, " ")
			r := httptest.NewRequest(method, target, strings.NewReader(tt.body))
			if tt.body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			w := httptest.NewRecorder()
			likeServer(t, tt.api).ServeHTTP(w, r)
			if w.Code != http.StatusOK && w.Code != http.StatusCreated || !strings.HasPrefix(w.Body.String(), tt.want) {
				t.Errorf("%d %s, want a body that begins %s", w.Code, w.Body, tt.want)
			}
		})
	}
}
