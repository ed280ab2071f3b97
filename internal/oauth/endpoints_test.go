package oauth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/config"
)

// A describer is a server that describes issuers: bodies by path.
type describer struct {
	pages map[string]string
	asked []string
}

// RoundTrip implements http.RoundTripper.
func (d *describer) RoundTrip(req *http.Request) (*http.Response, error) {
	d.asked = append(d.asked, req.URL.Path)
	w := httptest.NewRecorder()
	text, ok := d.pages[req.URL.Path]
	if !ok {
		http.NotFound(w, req)
	}
	_, _ = w.WriteString(strings.ReplaceAll(text, "ISSUER", "https://login.example"))
	return w.Result(), nil
}

const (
	openid = "/.well-known/openid-configuration"
	rfc    = "/.well-known/oauth-authorization-server"
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		auth  config.Auth
		pages map[string]string
		want  Endpoints
		asked []string
		err   string // part of it
	}{
		{
			name:  "OpenID Connect",
			auth:  config.Auth{Login: config.Login{Issuer: "https://login.example"}},
			pages: map[string]string{openid: `{"issuer":"ISSUER","token_endpoint":"ISSUER/t","authorization_endpoint":"ISSUER/a","authorization_response_iss_parameter_supported":true}`},
			want:  Endpoints{Token: "https://login.example/t", Authorize: "https://login.example/a", Issuer: "https://login.example", NamesIssuer: true},
			asked: []string{openid},
		},
		{
			name:  "OpenID Connect appends to the path of the issuer",
			auth:  config.Auth{Login: config.Login{Issuer: "https://login.example/tenant/"}},
			pages: map[string]string{"/tenant" + openid: `{"issuer":"ISSUER/tenant","token_endpoint":"ISSUER/t","device_authorization_endpoint":"ISSUER/d"}`},
			want:  Endpoints{Token: "https://login.example/t", Device: "https://login.example/d", Issuer: "https://login.example/tenant"},
			asked: []string{"/tenant" + openid},
		},
		{
			name:  "RFC 8414 puts the path of the issuer behind",
			auth:  config.Auth{Login: config.Login{Issuer: "https://login.example/tenant"}},
			pages: map[string]string{rfc + "/tenant": `{"issuer":"ISSUER/tenant","token_endpoint":"ISSUER/t","revocation_endpoint":"ISSUER/r"}`},
			want:  Endpoints{Token: "https://login.example/t", Revoke: "https://login.example/r", Issuer: "https://login.example/tenant"},
			asked: []string{"/tenant" + openid, rfc + "/tenant"},
		},
		{
			name:  "what the profile names takes precedence",
			auth:  config.Auth{TokenURL: "https://other.example/t", Login: config.Login{Issuer: "https://login.example", DeviceURL: "https://other.example/d"}},
			pages: map[string]string{rfc: `{"issuer":"ISSUER","token_endpoint":"ISSUER/t","device_authorization_endpoint":"ISSUER/d","authorization_endpoint":"ISSUER/a"}`},
			want:  Endpoints{Token: "https://other.example/t", Device: "https://other.example/d", Authorize: "https://login.example/a", Issuer: "https://login.example"},
			asked: []string{openid, rfc},
		},
		{
			name: "without an issuer nobody is asked",
			auth: config.Auth{TokenURL: "https://other.example/t", Login: config.Login{AuthorizeURL: "https://other.example/a"}},
			want: Endpoints{Token: "https://other.example/t", Authorize: "https://other.example/a"},
		},
		{
			name:  "another issuer",
			auth:  config.Auth{Login: config.Login{Issuer: "https://login.example/tenant"}},
			pages: map[string]string{"/tenant" + openid: `{"issuer":"ISSUER/other","token_endpoint":"ISSUER/t"}`},
			asked: []string{"/tenant" + openid},
			err:   `is the metadata of another issuer, "https://login.example/other"`,
		},
		{
			name:  "a token endpoint that anybody on the network can be",
			auth:  config.Auth{Login: config.Login{Issuer: "https://login.example"}},
			pages: map[string]string{openid: `{"issuer":"ISSUER","token_endpoint":"http://login.example/t"}`},
			asked: []string{openid},
			err:   "which is not https://",
		},
		{
			name:  "a login page that anybody on the network can be",
			auth:  config.Auth{Login: config.Login{Issuer: "https://login.example"}},
			pages: map[string]string{openid: `{"issuer":"ISSUER","token_endpoint":"ISSUER/t","authorization_endpoint":"http://login.example/a"}`},
			asked: []string{openid},
			err:   "which is not https://",
		},
		{
			name:  "no token endpoint",
			auth:  config.Auth{Login: config.Login{Issuer: "https://login.example"}},
			pages: map[string]string{openid: `{"issuer":"ISSUER"}`},
			asked: []string{openid},
			err:   "has no token_endpoint",
		},
		{
			name:  "nothing",
			auth:  config.Auth{Login: config.Login{Issuer: "https://login.example"}},
			asked: []string{openid, rfc},
			err:   "no usable metadata from https://login.example: https://login.example" + openid + " returned 404 Not Found",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &describer{pages: c.pages}
			got, err := (&Client{ID: "p", Send: d}).Endpoints(t.Context(), &c.auth)
			if got != c.want || (err == nil) != (c.err == "") {
				t.Errorf("got %+v, %v, want %+v", got, err, c.want)
			}
			if _, ok := errors.AsType[*DiscoveryError](err); err != nil && (!ok || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %v, want %q", err, c.err)
			}
			if !slices.Equal(d.asked, c.asked) {
				t.Errorf("asked %v, want %v", d.asked, c.asked)
			}
		})
	}
}
