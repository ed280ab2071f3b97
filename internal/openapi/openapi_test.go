package openapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/config"
)

// settings shows settings as text, one a line.
func settings(list []config.Setting) (out []string) {
	for _, s := range list {
		switch v := s.Value.(type) {
		case []config.Setting:
			for _, below := range settings(v) {
				out = append(out, s.Key+"."+below)
			}
		case []string:
			out = append(out, s.Key+"="+strings.Join(v, " "))
		case string:
			out = append(out, s.Key+"="+v)
		case int:
			out = append(out, s.Key+"="+strings.Repeat("I", v/100)) // of hundreds
		}
	}
	return out
}

const crm = `
openapi: 3.1.0
info: {title: "Small CRM API (beta)"}
servers:
  - url: https://{region}.crm.example.com/v2/
    variables: {region: {default: eu}}
security: [{key: []}]
components:
  securitySchemes:
    key: {type: http, scheme: bearer}
    other: {type: apiKey, in: header, name: X-Key}
  parameters:
    Cursor: {name: cursor, in: query}
    Limit: {name: limit, in: query, schema: {type: integer, maximum: 200}}
  schemas:
    Page: {properties: {items: {}, meta: {$ref: "#/components/schemas/Meta"}}}
    Meta: {properties: {next_cursor: {type: string}}}
paths:
  /users:
    get:
      parameters: [{$ref: "#/components/parameters/Cursor"}, {$ref: "#/components/parameters/Limit"}]
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Page"}}}}}
    post: {operationId: createUser}
  /users/{id}: {get: {}}
  /teams/{id}/search: {post: {operationId: teams}}
  /reports: {post: {operationId: queryReports}}
`

func TestRead(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text, name, base string
		want             []string
	}{
		"3.1": {crm, "small-crm", "https://eu.crm.example.com/v2", []string{
			"auth.type=bearer", "auth.env=SMALL_CRM_TOKEN", "idempotent_posts=/reports /teams/*/search",
			"pagination.style=cursor", "pagination.send.query=cursor", "pagination.size.query=limit", "pagination.size.max=II", "pagination.next=.meta.next_cursor",
			"paths=/reports /teams/{id}/search /users /users/{id}",
		}},
		"2.0": {
			`{"swagger": "2.0", "info": {"title": "Pets"}, "host": "pets.example.com", "basePath": "/v1/", "schemes": ["https"],
			"securityDefinitions": {"k": {"type": "apiKey", "in": "query", "name": "api_key"}},
			"paths": {"/pets": {"get": {"parameters": [{"in": "query", "name": "page"}, {"in": "query", "name": "per_page", "maximum": 100}]}}}}`,
			"pets", "https://pets.example.com/v1",
			[]string{
				"auth.type=query", "auth.name=api_key", "auth.env=PETS_KEY", "pagination.style=page", "pagination.send.query=page",
				"pagination.size.query=per_page", "pagination.size.max=I", "paths=/pets",
			},
		},
		"client credentials": {
			`{"openapi": "3.0.3", "info": {"title": "X"}, "components": {"securitySchemes": {"o": {"type": "oauth2",
			"flows": {"clientCredentials": {"tokenUrl": "https://id.example.com/token"}}}}}}`,
			"x", "",
			[]string{"auth.type=oauth2_client_credentials", "auth.token_url=https://id.example.com/token", "auth.client_id_env=X_CLIENT_ID", "auth.client_secret_env=X_CLIENT_SECRET"},
		},
		"two schemes, none for all": {`{"openapi": "3.0.3", "components": {"securitySchemes": {"a": {"type": "http", "scheme": "basic"}, "b": {"type": "http", "scheme": "bearer"}}}}`, "", "", nil},
		"circle":                    {`{"openapi": "3.0.3", "paths": {"$ref": "#/paths"}}`, "", "", nil},
		"another file":              {`{"openapi": "3.0.3", "paths": {"$ref": "other.yaml#/paths"}}`, "", "", nil},
		"relative server":           {`{"openapi": "3.0.3", "servers": [{"url": "/api/v3"}]}`, "", "/api/v3", nil},
		"lists that differ": {`{"openapi": "3.0.3", "paths": {"/a": {"get": {"parameters": [{"in": "query", "name": "page"}]}},
			"/b": {"get": {"parameters": [{"in": "query", "name": "offset"}, {"in": "query", "name": "limit"}]}}}}`, "", "", []string{"paths=/a /b"}},
	} {
		got, err := Read([]byte(tt.text))
		if err != nil || got.Name != tt.name || got.BaseURL != tt.base {
			t.Errorf("%s: %+v, %v, want %s at %s", name, got, err, tt.name, tt.base)
			continue
		}
		if diff := cmp.Diff(tt.want, settings(got.Settings)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, bad := range []string{"", "[]", "openapi: 4.0.0", "a: [", "openapi: [3.0]"} {
		if got, err := Read([]byte(bad)); err == nil {
			t.Errorf("Read(%q) = %+v, want an error", bad, got)
		}
	}
	if !Is([]byte(crm)) || Is([]byte(`{"notion": {"max_rate": 3}}`)) || Is(nil) {
		t.Error("Is takes one for the other")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(crm))
	f.Add([]byte(`{"swagger": "2.0", "paths": {"/{": {"get": {"parameters": [{"$ref": "#/paths"}]}}}}`))
	f.Add([]byte("openapi: 3.0.0\npaths: &a {/x: *a}"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = Read(text) // it must end
	})
}
