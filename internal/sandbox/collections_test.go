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
		{"slack", "GET /api/conversations.list?limit=1", "", `{"channels":[{"id":"1",`},
		{"slack", "GET /api/users.list?limit=1", "", `{"members":[{"id":"1",`},
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

// Slack's SDK sends forms, where a page's size, its cursor and a message's channel are then found.
func TestForms(t *testing.T) {
	t.Parallel()
	const multipart = "--b\r\nContent-Disposition: form-data; name=\"limit\"\r\n\r\n2\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"cursor\"\r\n\r\nafter-10\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\nC1\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nbytes\r\n--b--\r\n"
	const page = `{"members":[{"id":"11","path":"/items/11","name":"Item 11"},{"id":"12","path":"/items/12","name":"Item 12"}],"ok":true,"response_metadata":{"next_cursor":"after-12"}}`
	for _, tt := range []struct{ path, kind, body, want string }{
		{"users.list", "application/x-www-form-urlencoded", "limit=2&cursor=after-10&token=x", page},
		{"users.list", "Application/X-WWW-Form-URLEncoded; charset=utf-8", "limit=2&cursor=after-10", page},
		{"users.list?limit=9&cursor=after-3", "application/x-www-form-urlencoded", "limit=2&limit=3&cursor=after-10", page},
		{"users.list?cursor=after-10", "application/x-www-form-urlencoded", "limit=2", page},
		{"users.list", "multipart/form-data; boundary=b", multipart, page},
		{"users.list", "application/json; charset=utf-8", `{"limit": 2, "cursor": "after-10"}`, page},
		{"users.list", "application/x-www-form-urlencoded", "cursor=nonsense", `{"error":"invalid_cursor","ok":false}`},
		{"users.list", "application/x-www-form-urlencoded", "cursor=%zz", `{"error":"invalid_form_data","ok":false}`},
		{"users.list", "application/json", `[`, `{"error":"invalid_json","ok":false}`},
		{"chat.postMessage", "application/x-www-form-urlencoded", "channel=C1&text=%F0%9F%91%8B+x", `{"channel":"C1","ok":true,"ts":"`},
		{"chat.postMessage", "application/x-www-form-urlencoded", "text=x", `{"error":"channel_not_found","ok":false}`},
		{"chat.postMessage", "multipart/form-data; boundary=b", multipart, `{"channel":"C1","ok":true,"ts":"`},
		{"chat.postMessage", "multipart/form-data; boundary=other", multipart, `{"error":"invalid_form_data","ok":false}`},
		{"chat.postMessage", "multipart/form-data", multipart, `{"error":"invalid_form_data","ok":false}`},
	} {
		r := httptest.NewRequest(http.MethodPost, "/api/"+tt.path, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", tt.kind)
		w := httptest.NewRecorder()
		likeServer(t, "slack").ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), tt.want) {
			t.Errorf("%s %s %.30s: %d %s, want %s", tt.path, tt.kind, tt.body, w.Code, w.Body, tt.want)
		}
	}
}
