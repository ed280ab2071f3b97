package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what   string
		status int
		body   string
	}{
		{"/items/1", 200, `{"path":"/items/1","id":"1","n":1}`},
		{"/", 200, `{"path":"/","id":"","n":1}`},
		{"/a%2Fb%20c%22?x=1", 200, `{"path":"/a%2Fb%20c%22","id":"a/b c\"","n":1}`},
		{"/status", 200, `{"path":"/status","id":"status","n":1}`},
		{"/status/1/2", 200, `{"path":"/status/1/2","id":"2","n":1}`},
		{"/pages/7", 200, `{"path":"/pages/7","id":"7","n":1}`},
		{"HEAD /items/1", 200, ""},
		{"DELETE /items/1", 204, ""},
		{"DELETE /status/418", 418, `{"status":418}`},
		{"/status/304", 304, ""},
		{"/status/199", 400, `{"error":{"code":"bad_request","message":"/status/: want 200 to 599"}}`},
		{"/status/x", 400, `{"error":{"code":"bad_request","message":"/status/: want a number from 0 to 599"}}`},
		{"/bytes/20", 200, "0123456789abcdef0123"},
		{"/bytes/0", 200, ""},
		{"/bytes/1073741825", 400, `{"error":{"code":"bad_request","message":"/bytes/: want a number from 0 to 1073741824"}}`},
		{"/redirect/3", 302, `{"location":"/redirect/2"}`},
		{"/redirect/1", 302, `{"location":"/items/0"}`},
		{"/redirect-to?url=http%3A%2F%2Fother%2Fx&status=307", 307, `{"location":"http://other/x"}`},
		{"POST /redirect-to?url=/x", 302, `{"location":"/x"}`},
		{"/redirect-to?url=/x&status=200", 400, `{"error":{"code":"bad_request","message":"status: want a redirect, 300 to 399"}}`},
		{"/redirect-to", 400, `{"error":{"code":"bad_request","message":"/redirect-to: want ?url="}}`},
		{"/pages?start_cursor=7", 400, `{"error":{"code":"bad_request","message":"start_cursor \"7\": not one of this list"}}`},
		{"/pages?page_size=0", 400, `{"error":{"code":"bad_request","message":"page_size \"0\": want 1 to 100"}}`},
		{"/stats/reset", 405, `{"error":{"code":"method_not_allowed","message":"/stats/reset: want POST"}}`},
	} {
		r := ask(t, newServer(t, Config{}), tt.what)
		if r.err != nil || r.status != tt.status || strings.TrimSuffix(r.body, "\n") != tt.body {
			t.Errorf("%s = %d, %s, %v, want %d, %s", tt.what, r.status, r.body, r.err, tt.status, tt.body)
		}
	}
}

func TestRetryAfterOnRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ what, want string }{
		{"/status/503?retry_after=7", "7"},
		{"/status/503", ""},
		{"/status/200?retry_after=1.5", "1.5"},
	} {
		if got := ask(t, newServer(t, Config{}), tt.what).header.Get("Retry-After"); got != tt.want {
			t.Errorf("Retry-After of %s = %q, want %q", tt.what, got, tt.want)
		}
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               echoed
	}{
		{"POST", "/pages?a=1&a=2&b=", `{"x":"é"}`, 201, echoed{
			Path: "/pages", Query: map[string]string{"a": "1,2", "b": ""}, Body: `{"x":"é"}`,
		}},
		{"PATCH", "/x%2fy", "", 200, echoed{Path: "/x%2fy", Query: map[string]string{}}},
		{"GET", "/echo", "", 200, echoed{Path: "/echo", Query: map[string]string{}}},
		{"POST", "/echo", "\xff\x00", 200, echoed{Path: "/echo", Query: map[string]string{}, BodyBase64: []byte("\xff\x00")}},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), tt.method, "http://sandbox"+tt.path, strings.NewReader(tt.body))
		req.Header["X-Many"] = []string{"1", "2"}
		r := do(Transport(newServer(t, Config{})), req)
		var got echoed
		if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != tt.status {
			t.Errorf("%s %s = %d, %v, want %d", tt.method, tt.path, r.status, err, tt.status)
		}
		tt.want.Method = tt.method
		tt.want.Headers = map[string]string{"host": "sandbox", "x-many": "1, 2"}
		if len(tt.body) > 0 {
			tt.want.Headers["content-length"] = strconv.Itoa(len(tt.body))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.method, tt.path, diff)
		}
	}
}

func TestSlowRoute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r := ask(t, newServer(t, Config{}), "/slow/1500")
		if got := time.Since(start); got != 1500*time.Millisecond || r.body != `{"waited_ms":1500}`+"\n" {
			t.Errorf("/slow/1500 took %v and said %s, want 1.5s", got, r.body)
		}
	})
}

func TestPages(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 60, 100, 1000} {
		s := newServer(t, Config{})
		var ids []string
		cursor := ""
		for {
			path := "/pages?start_cursor=" + cursor
			if size > 0 {
				path += "&page_size=" + strconv.Itoa(size)
			}
			var p page
			if err := json.Unmarshal([]byte(ask(t, s, path).body), &p); err != nil {
				t.Fatal(err)
			}
			for _, item := range p.Results {
				ids = append(ids, item.ID)
			}
			if !p.HasMore {
				break
			}
			cursor = *p.NextCursor
		}
		if len(ids) != itemCount || ids[0] != "1" || ids[itemCount-1] != "250" {
			t.Errorf("page size %d: %d items, want %d, from 1 to 250", size, len(ids), itemCount)
		}
	}
}

func TestRedirectsThroughAClient(t *testing.T) {
	t.Parallel()
	s := newServer(t, Config{})
	client := &http.Client{Transport: Transport(s)}
	resp, err := client.Get("http://sandbox/redirect/5")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Request.URL.Path; got != "/items/0" {
		t.Errorf("ended at %s, want /items/0", got)
	}
	if stats, _ := s.Stats(); stats.Accepted != 6 {
		t.Errorf("accepted %d, want 6", stats.Accepted)
	}
}
