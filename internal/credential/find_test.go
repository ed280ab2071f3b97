package credential_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
)

// env is an environment for tests.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestCredential(t *testing.T) {
	t.Parallel()
	bearer := config.Auth{Type: config.AuthBearer, Env: []string{"A", "B"}}
	basic := config.Auth{Type: config.AuthBasic, Env: []string{"A"}, UserEnv: []string{"U"}, PasswordEnv: []string{"P"}}
	oauth := config.Auth{Type: config.AuthOAuth2, Env: []string{"A"}, ClientIDEnv: []string{"ID"}}
	path := config.Auth{Type: config.AuthPath, Env: []string{"A"}, Optional: true}
	tests := []struct {
		auth     config.Auth
		env      string
		want     string // the request line and the header, or the error
		identity string
	}{
		{bearer, "A=x", "/ Authorization: Bearer x", "x"},
		{bearer, "A= B=y", "/ Authorization: Bearer y", "y"},
		{bearer, "", "no credential for my-api: set $A or $B", ""},
		{bearer, "A=a\x01b", "credential for my-api in $A: it has a line break or a control character", ""},
		{basic, "A=me:pa:ss", "/ Authorization: Basic bWU6cGE6c3M=", "me"},
		{basic, "A=hunter2", "credential for my-api in $A: it is not of the form user:password", ""},
		{basic, "U=me P=pa:ss A=other:x", "/ Authorization: Basic bWU6cGE6c3M=", "me"},
		{basic, "U=me", "no credential for my-api: set $P", ""},
		{basic, "", "no credential for my-api: set $A or $U and $P", ""},
		{config.Auth{Type: config.AuthHeader, Name: "x-api-key", Env: []string{"A"}}, "A=x", "/ X-Api-Key: x", "x"},
		{config.Auth{Type: config.AuthHeader, Name: "Authorization", Prefix: "Token ", Env: []string{"A"}}, "A=x", "/ Authorization: Token x", "x"},
		{config.Auth{Type: config.AuthQuery, Name: "api key", Env: []string{"A"}}, "A=x&y", "/?api+key=x%26y", "x&y"},
		{oauth, "A=x", "/ Authorization: Bearer x", ""},
		{oauth, "A=x ID=client", "/ Authorization: Bearer x", "client"},
		{oauth, "ID=client", "no credential for my-api: set $A", ""},
		{config.Auth{Type: config.AuthBearer, Env: []string{"A"}, Keyring: true}, "", "no credential for my-api: set $A", ""},
		{path, "A=hooks/catch/1/x", "/hooks/catch/1/x", "/hooks/catch/1/x"},
		{path, "A=https://h/hooks/catch/1/x?a", "/hooks/catch/1/x?a", "/hooks/catch/1/x"},
		{path, "A=https://evil/hooks", "credential for my-api in $A: it is not a path on https://h", ""},
		{path, "", "none", ""},
	}
	for _, tt := range tests {
		p := &config.Profile{Name: "my-api", BaseURL: "https://h", Auth: &tt.auth}
		c, err := credential.Find(t.Context(), p, env(strings.Fields(tt.env)...))
		got, identity := applied(c, err)
		if got != tt.want || identity != tt.identity {
			t.Errorf("Credential(%q) of %+v = %s with identity %q, want %s with %q", tt.env, tt.auth, got, identity, tt.want, tt.identity)
		}
	}
}

// applied shows what a credential makes of a request.
func applied(c *credential.Credential, err error) (got, identity string) {
	switch {
	case err != nil:
		return err.Error(), ""
	case c == nil:
		return "none", ""
	}
	req, _ := http.NewRequest(http.MethodGet, "https://h/", nil)
	c.Apply(req)
	got = req.URL.RequestURI()
	for name, values := range req.Header {
		got += " " + name + ": " + values[0]
	}
	return got, c.Identity()
}

func TestCredentialYields(t *testing.T) {
	t.Parallel()
	req, _ := http.NewRequest(http.MethodGet, "https://h/mine?key=mine", nil)
	req.Header.Set("Authorization", "mine")
	credential.Bearer("x", "$A").Apply(req)
	credential.Query("key", "x", "$A").Apply(req)
	if got := req.URL.RequestURI() + " " + req.Header.Get("Authorization"); got != "/mine?key=mine mine" {
		t.Errorf("after Apply the request is %q, want its own values left alone", got)
	}
}

func TestCredentialIsNotPrinted(t *testing.T) {
	t.Parallel()
	c := credential.Bearer("hunter2", "$A")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, c); got != "bearer from $A" {
			t.Errorf("Sprintf(%q, c) = %q, want bearer from $A", verb, got)
		}
	}
}
