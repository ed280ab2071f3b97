package config

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/httpcheck"
)

// headers checks names and values of headers. It never quotes a value.
func (c *checker) headers(path string, headers map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		at := join(path, name)
		if !validToken(name) {
			c.problem(at, "%q is not a header name", name)
		}
		if httpcheck.CheckHeader("X", headers[name]) != nil {
			c.problem(at, "the value contains a line break or a control character")
		}
	}
}

// framing rejects headers about the framing of a request, which differ from request to request.
func (c *checker) framing(path string, headers map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		switch http.CanonicalHeaderKey(name) {
		case "Host":
			if err := httpcheck.CheckHost(headers[name]); err != nil {
				c.problem(join(path, name), "the value is not a host name")
			}
		case "Content-Length", "Transfer-Encoding", "Trailer":
			c.problem(join(path, name), "cannot be set: arl sets it for each request")
		}
	}
}

func (c *checker) auth() {
	a := c.p.Auth
	if a == nil {
		return
	}
	for _, list := range []struct {
		path  string
		names []string
	}{
		{"auth.env", a.Env},
		{"auth.user_env", a.UserEnv},
		{"auth.password_env", a.PasswordEnv},
		{"auth.client_id_env", a.ClientIDEnv},
		{"auth.client_secret_env", a.ClientSecretEnv},
	} {
		for i, name := range list.names {
			if !validEnv(name) {
				c.problem(item(list.path, i), "%q is not the name of an environment variable", name)
			}
		}
	}
	c.authType(a)
}

func (c *checker) authType(a *Auth) {
	switch a.Type {
	case AuthBearer, AuthBasic, AuthPath:
	case AuthHeader, AuthQuery:
		switch {
		case a.Name == "":
			c.problem("auth.name", "missing: the header or query parameter of the credential")
		case a.Type == AuthHeader && !validToken(a.Name):
			c.problem("auth.name", "%q is not a header name", a.Name)
		}
	case AuthOAuth2:
		c.oauth2(a)
	case AuthLogin:
		c.login(a)
		return
	case AuthCommand:
		if len(a.Command) == 0 {
			c.problem("auth.command", "missing: the program that prints the token")
		}
	case AuthSigV4:
		if a.Service == "" {
			c.problem("auth.service", "missing: what of AWS is asked, such as execute-api or s3")
		}
		return
	case AuthSign:
		if len(a.Command) == 0 {
			c.problem("auth.command", "missing: the program that signs a request")
		}
	case "":
		c.problem("auth.type", "missing: use bearer, basic, header, query, path, oauth2_client_credentials, oauth, command, sigv4 or sign")
	default:
		c.problem("auth.type", "%q is not one of bearer, basic, header, query, path, oauth2_client_credentials, oauth, command, sigv4, sign", a.Type)
	}
	if slices.Contains(a.Command, "") {
		c.problem("auth.command", "contains an empty word")
	}
	if (len(a.UserEnv) > 0) != (len(a.PasswordEnv) > 0) {
		c.problem("auth", "user_env and password_env must be used together")
	}
	if httpcheck.CheckHeader("X", a.Prefix) != nil {
		c.problem("auth.prefix", "contains a line break or a control character")
	}
	if !a.Keyring && c.p.Auth.noSource() {
		c.problem("auth", "has no source: add env, keyring or command")
	}
}

// noSource reports whether no place is named where the credential could be.
func (a *Auth) noSource() bool {
	return len(a.Env)+len(a.UserEnv)+len(a.ClientIDEnv)+len(a.Command) == 0
}

func (c *checker) oauth2(a *Auth) {
	c.baseURL("auth.token_url", a.TokenURL)
	for i, name := range a.Env {
		if upper := strings.ToUpper(name); strings.HasSuffix(upper, "_ID") || strings.HasSuffix(upper, "SECRET") {
			c.problem(item("auth.env", i), "env is for a token obtained elsewhere, which is sent as it is; use client_id_env and client_secret_env for the client")
		}
	}
	c.tokenFormat(a)
}

func (c *checker) tokenFormat(a *Auth) {
	switch a.Format {
	case "", TokenForm, TokenJSON, TokenBasic:
	default:
		c.problem("auth.format", "%q is not one of form, json, basic", a.Format)
	}
}

func validEnv(s string) bool {
	return s != "" && !strings.ContainsAny(s, "=\x00 \t\r\n$")
}
