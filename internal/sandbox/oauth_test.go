package sandbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// authServer answers requests written as one line: method path [type] [Authorization] [body].
func authServer(t *testing.T, c Config) func(method, path, kind, authorization, body string) (int, map[string]any) {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return func(method, path, kind, authorization, body string) (int, map[string]any) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var object map[string]any
		_ = json.Unmarshal(w.Body.Bytes(), &object)
		return w.Code, object
	}
}

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// A client's new token revokes its old one at once, and that of no other client.
func TestOAuthRevokes(t *testing.T) {
	t.Parallel()
	like, err := Like("vanta")
	if err != nil {
		t.Fatal(err)
	}
	like.Limits = nil
	send := authServer(t, like)
	ask := func(id string) string {
		_, answer := send("POST", "/oauth/token", jsonType, "", `{"client_id":"`+id+`","client_secret":"s","grant_type":"client_credentials"}`)
		if answer["expires_in"] != 3600.0 || answer["token_type"] != "Bearer" {
			t.Errorf("the response is %v, want a token for an hour", answer)
		}
		token, _ := answer["access_token"].(string)
		return "Bearer " + token
	}
	first, other := ask("a"), ask("b")
	for _, token := range []string{first, other, ""} {
		if code, _ := send("GET", "/v1/x", "", token, ""); code != http.StatusOK {
			t.Errorf("with %q: %d, want 200", token, code)
		}
	}
	second := ask("a")
	for token, want := range map[string]int{first: 401, second: 200, other: 200, "Bearer made-up": 401} {
		if code, _ := send("GET", "/v1/x", "", token, ""); code != want {
			t.Errorf("with %q: %d, want %d", token, code, want)
		}
	}
}

func TestOAuthClients(t *testing.T) {
	t.Parallel()
	send := authServer(t, Config{OAuth: OAuth{Path: "/t", ID: "me", Secret: "a b", Required: true}})
	for name, tt := range map[string]struct {
		method, kind, authorization, body string
		want                              int
		code                              string
	}{
		"form":         {"POST", formType, "", "grant_type=client_credentials&client_id=me&client_secret=a+b", 200, ""},
		"json":         {"POST", jsonType + "; charset=utf-8", "", `{"grant_type":"client_credentials","client_id":"me","client_secret":"a b"}`, 200, ""},
		"header":       {"POST", formType, "Basic bWU6YSti", "grant_type=client_credentials", 200, ""},
		"wrong secret": {"POST", formType, "", "grant_type=client_credentials&client_id=me&client_secret=x", 401, "invalid_client"},
		"no secret":    {"POST", formType, "", "grant_type=client_credentials&client_id=me", 401, "invalid_client"},
		"grant":        {"POST", formType, "", "grant_type=password", 400, "unsupported_grant_type"},
		"bad json":     {"POST", jsonType, "", `{"a":1}`, 400, "invalid_request"},
		"method":       {"GET", "", "", "", 405, "invalid_request"},
	} {
		code, answer := send(tt.method, "/t", tt.kind, tt.authorization, tt.body)
		got, _ := answer["error"].(string)
		if code != tt.want || got != tt.code {
			t.Errorf("%s: %d %q, want %d %q", name, code, got, tt.want, tt.code)
		}
	}
	if code, _ := send("GET", "/x", "", "", ""); code != http.StatusUnauthorized {
		t.Errorf("without a token: %d, want 401", code)
	}
}

func TestOAuthLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		send := authServer(t, Config{OAuth: OAuth{Path: "/t", Life: time.Minute}})
		_, answer := send("POST", "/t", formType, "Basic YTpi", "grant_type=client_credentials")
		token, _ := answer["access_token"].(string)
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{59 * time.Second, 200}, {time.Second, 401}} {
			time.Sleep(step.after)
			if code, _ := send("GET", "/x", "", "Bearer "+token, ""); code != step.want {
				t.Errorf("after %v: %d, want %d", step.after, code, step.want)
			}
		}
	})
}

// A credential is taken wherever APIs take one.
func TestAuth(t *testing.T) {
	t.Parallel()
	send := authServer(t, Config{Auth: "s3cret"})
	pair := authServer(t, Config{Auth: "me:pw"})
	for _, tt := range []struct {
		send                func(method, path, kind, authorization, body string) (int, map[string]any)
		path, authorization string
		want                int
	}{
		{send, "/x", "Bearer s3cret", 200},
		{send, "/x", "s3cret", 200},
		{send, "/x?key=s3cret", "", 200},
		{send, "/x", "", 401},
		{send, "/x?key=s3cre", "Bearer s3cret2", 401},
		{pair, "/x", "Basic bWU6cHc=", 200},
		{pair, "/x", "Basic bWU6cHg=", 401},
		{pair, "/x", "", 401},
	} {
		if code, _ := tt.send("GET", tt.path, "", tt.authorization, ""); code != tt.want {
			t.Errorf("%s with %q: %d, want %d", tt.path, tt.authorization, code, tt.want)
		}
	}
}

func TestOAuthConfig(t *testing.T) {
	t.Parallel()
	for _, bad := range []OAuth{{ID: "a"}, {Path: "t"}, {Path: "/t", Life: -1}} {
		if _, err := New(Config{OAuth: bad}); err == nil {
			t.Errorf("New with %+v: no error", bad)
		}
	}
}
