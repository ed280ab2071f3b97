package apis_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/pkg/apis"
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
	bearer := apis.Auth{Type: apis.AuthBearer, Env: []string{"A", "B"}}
	basic := apis.Auth{Type: apis.AuthBasic, Env: []string{"A"}, UserEnv: []string{"U"}, PasswordEnv: []string{"P"}}
	oauth := apis.Auth{Type: apis.AuthOAuth2, Env: []string{"A"}, ClientIDEnv: []string{"ID"}}
	path := apis.Auth{Type: apis.AuthPath, Env: []string{"A"}, Optional: true}
	tests := []struct {
		auth     apis.Auth
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
		{apis.Auth{Type: apis.AuthHeader, Name: "x-api-key", Env: []string{"A"}}, "A=x", "/ X-Api-Key: x", "x"},
		{apis.Auth{Type: apis.AuthHeader, Name: "Authorization", Prefix: "Token ", Env: []string{"A"}}, "A=x", "/ Authorization: Token x", "x"},
		{apis.Auth{Type: apis.AuthQuery, Name: "api key", Env: []string{"A"}}, "A=x&y", "/?api+key=x%26y", "x&y"},
		{oauth, "A=x", "/ Authorization: Bearer x", ""},
		{oauth, "A=x ID=client", "/ Authorization: Bearer x", "client"},
		{oauth, "ID=client", "no credential for my-api: set $A", ""},
		{apis.Auth{Type: apis.AuthBearer, Env: []string{"A"}, Keyring: true}, "", "no credential for my-api: set $A", ""},
		{path, "A=hooks/catch/1/x", "/hooks/catch/1/x", "/hooks/catch/1/x"},
		{path, "A=https://h/hooks/catch/1/x?a", "/hooks/catch/1/x?a", "/hooks/catch/1/x"},
		{path, "A=https://evil/hooks", "credential for my-api in $A: it is not a path on https://h", ""},
		{path, "", "none", ""},
	}
	for _, tt := range tests {
		p := &apis.Profile{Name: "my-api", BaseURL: "https://h", Auth: &tt.auth}
		c, err := p.Credential(env(strings.Fields(tt.env)...))
		got, identity := applied(c, err)
		if got != tt.want || identity != tt.identity {
			t.Errorf("Credential(%q) of %+v = %s with identity %q, want %s with %q", tt.env, tt.auth, got, identity, tt.want, tt.identity)
		}
	}
}

// applied shows what a credential makes of a request.
func applied(c *apis.Credential, err error) (got, identity string) {
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
	apis.BearerCredential("x", "$A").Apply(req)
	apis.QueryCredential("key", "x", "$A").Apply(req)
	if got := req.URL.RequestURI() + " " + req.Header.Get("Authorization"); got != "/mine?key=mine mine" {
		t.Errorf("after Apply the request is %q, want its own values left alone", got)
	}
}

func TestCredentialIsNotPrinted(t *testing.T) {
	t.Parallel()
	c := apis.BearerCredential("hunter2", "$A")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, c); got != "bearer from $A" {
			t.Errorf("Sprintf(%q, c) = %q, want bearer from $A", verb, got)
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	const secret = `p&s "w/d+é`
	for in, want := range map[string]string{
		"a " + secret + " b":                 "a [redacted] b",
		"k=p%26s+%22w%2Fd%2B%C3%A9":          "k=[redacted]",
		"k=p%26s+%22w%2fd%2b%c3%a9":          "k=[redacted]",
		"k=p&s%20%22w%2Fd+%C3%A9":            "k=[redacted]",
		`Get "https://h/p&s \"w/d+é": EOF`:   `Get "https://h/[redacted]": EOF`,
		"Authorization: Basic cCZzICJ3L2Qrw": "Authorization: Basic cCZzICJ3L2Qrw",
		"cCZzICJ3L2Qrw6k=":                   "[redacted]",
		"nothing":                            "nothing",
		"":                                   "",
	} {
		if got := apis.Redact(in, "", secret); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
	if got := apis.Redact("long longer", "long", "longer"); got != "[redacted] [redacted]" {
		t.Errorf("Redact of overlapping secrets = %q, want both whole", got)
	}
	basic := apis.BasicCredential("me", "hunter2", "-u")
	if diff := cmp.Diff("me [redacted] [redacted]", apis.Redact("me hunter2 bWU6aHVudGVyMg==", basic.Secrets()...)); diff != "" {
		t.Errorf("Redact of a basic credential (-want +got):\n%s", diff)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	p := &apis.Profile{
		Name: "my-api", BaseURL: "https://h/v1",
		Buckets: []apis.Bucket{
			{Name: "search", Paths: []string{"/search/**"}},
			{Name: "write", Methods: []string{"POST", "PATCH"}},
		},
	}
	token := apis.BearerCredential("hunter2", "$A")
	for _, tt := range []struct {
		method, path string
		c            *apis.Credential
		budget, want string
	}{
		{"GET", "/v1/pages", nil, "", "my-api"},
		{"", "/v1/search", nil, "", "my-api/search"},
		{"POST", "/v1/search/x", nil, "", "my-api/search"},
		{"POST", "/v1/pages", nil, "", "my-api/write"},
		{"POST", "/v1/pages", token, "", "my-api/write@e4dd66ea"},
		{"GET", "/v1/pages", token, "team", "my-api@team"},
		{"GET", "/search", nil, "", "my-api/search"},
		{"GET", "/v1search", nil, "", "my-api"},
	} {
		p.Budget = tt.budget
		if got := p.Key(p.Bucket(tt.method, tt.path), tt.c); got != tt.want {
			t.Errorf("Key of %s %s for %v, budget %q = %q, want %q", tt.method, tt.path, tt.c, tt.budget, got, tt.want)
		}
	}
}

func TestBucketParams(t *testing.T) {
	t.Parallel()
	p := &apis.Profile{
		Name: "my-api", BaseURL: "https://h", Pace: apis.Pace{MaxRate: new(9.0), Burst: new(2)},
		Buckets: []apis.Bucket{{Name: "write", Pace: apis.Pace{MaxRate: new(1.0)}}},
	}
	got := p.Params(&p.Buckets[0])
	if got.MaxRate != 1 || got.Burst != 2 {
		t.Errorf("Params of the bucket: max_rate %v, burst %v, want its own 1 and the profile's 2", got.MaxRate, got.Burst)
	}
}
