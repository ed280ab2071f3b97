package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"testing"
)

const testIssuer = "https://login.example"

func newTestAuthorization(t *testing.T, at Endpoints) (*Authorization, url.Values) {
	t.Helper()
	c := &Client{ID: "my program"}
	at.Authorize = testIssuer + "/authorize?tenant=x"
	a, err := c.NewAuthorization(at, "http://127.0.0.1:1/callback", url.Values{"scope": {"a b"}, "audience": {"api"}})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	return a, u.Query()
}

func TestNewAuthorization(t *testing.T) {
	t.Parallel()
	a, q := newTestAuthorization(t, Endpoints{})
	hash := sha256.Sum256([]byte(a.verifier))
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "my program", "redirect_uri": "http://127.0.0.1:1/callback", "scope": "a b",
		"audience": "api", "tenant": "x", "state": a.state,
		"code_challenge": base64.RawURLEncoding.EncodeToString(hash[:]), "code_challenge_method": "S256",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	if len(a.verifier) < 43 || len(a.state) < 22 || q.Has("code_verifier") {
		t.Errorf("verifier %q, state %q, URL %s", a.verifier, a.state, a.URL)
	}
	other, _ := newTestAuthorization(t, Endpoints{})
	if a.state == other.state || a.verifier == other.verifier {
		t.Error("two logins have the same secrets")
	}
}

func TestAuthorizationCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		at    Endpoints
		query string // S is the state
		code  string
		err   error // if code is empty; nil means any other
	}{
		{"plain", Endpoints{}, "code=c&state=S", "c", nil},
		{"no state", Endpoints{}, "code=c", "", ErrForeign},
		{"another state", Endpoints{}, "code=c&state=Sx", "", ErrForeign},
		{"an error of another login", Endpoints{}, "error=access_denied&state=x", "", ErrForeign},
		{"issuer announced", Endpoints{Issuer: testIssuer, NamesIssuer: true}, "code=c&state=S&iss=" + testIssuer, "c", nil},
		{"issuer announced and missing", Endpoints{Issuer: testIssuer, NamesIssuer: true}, "code=c&state=S", "", ErrIssuer},
		{"another issuer", Endpoints{Issuer: testIssuer, NamesIssuer: true}, "code=c&state=S&iss=https://evil.example", "", ErrIssuer},
		{"another issuer, unannounced", Endpoints{Issuer: testIssuer}, "code=c&state=S&iss=https://evil.example", "", ErrIssuer},
		{"an error of another issuer", Endpoints{Issuer: testIssuer}, "error=access_denied&state=S&iss=https://evil.example", "", ErrIssuer},
		{"not announced", Endpoints{Issuer: testIssuer}, "code=c&state=S", "c", nil},
		{"nothing known of it", Endpoints{}, "code=c&state=S&iss=https://any.example", "c", nil},
		{"denied", Endpoints{}, "error=access_denied&state=S", "", ErrDenied},
		{"error beside a code", Endpoints{}, "error=server_error&code=c&state=S", "", nil},
		{"no code", Endpoints{}, "state=S", "", nil},
		{"a code of two lines", Endpoints{}, "code=a%0Ab&state=S", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, _ := newTestAuthorization(t, c.at)
			q, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			switch q.Get("state") {
			case "S":
				q.Set("state", a.state)
			case "Sx":
				q.Set("state", a.state+"x")
			}
			code, err := a.Code(q)
			if code != c.code || (err == nil) != (c.code != "") || c.err != nil && !errors.Is(err, c.err) {
				t.Errorf("got %q, %v, want %q, %v", code, err, c.code, c.err)
			}
		})
	}
}

func TestAuthorizationError(t *testing.T) {
	t.Parallel()
	a, _ := newTestAuthorization(t, Endpoints{})
	_, err := a.Code(url.Values{"state": {a.state}, "error": {"access_denied"}, "error_description": {"not today"}})
	if err == nil || err.Error() != "access was denied: not today" {
		t.Errorf("got %v", err)
	}
	_, err = a.Code(url.Values{"state": {a.state}, "error": {"invalid_scope"}})
	if denied, ok := errors.AsType[*AuthorizationError](err); !ok || denied.Code != "invalid_scope" || errors.Is(err, ErrDenied) {
		t.Errorf("got %v", err)
	}
}

func TestPasted(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]string{
		" http://127.0.0.1:99/callback?code=c&state=s \r": "c",
		"?code=c&state=s": "c",
		"nothing":         "",
		"http://[":        "",
	} {
		if got := Pasted(text).Get("code"); got != code {
			t.Errorf("Pasted(%q) has the code %q", text, got)
		}
	}
}
