package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parse lays a configuration over the built-in profiles.
func parse(text string) (*Registry, error) {
	r := NewRegistry()
	return r, r.override("config.yaml", []byte(text))
}

func TestProblems(t *testing.T) {
	t.Parallel()
	const head = "apis:\n  my-api:\n    base_url: https://api.example.com\n    "
	tests := []struct{ name, text, want string }{
		{"syntax", "apis:\n  - [", "config.yaml:2:3: did not find expected node content"},
		{"not a mapping", "- apis", "config.yaml:1:1: want a mapping, got a list"},
		{"second document", "apis:\n---\nstore: file", "config.yaml:2:1: a second YAML document; only one is allowed"},
		{"unknown top", "api:\n", "config.yaml:1:1: api: unknown key, did you mean apis?"},
		{"store", "store: disk", "config.yaml:1:8: store: must be file, memory or the URL of a Redis server"},
		{"store password", "store: redis://:pass@host:port", "config.yaml:1:8: store: not a URL such as redis://host:6379/0 (a password must be percent-encoded)"},
		{"name", "apis:\n  My/api: {}", "config.yaml:2:3: apis.My/api: not a valid name for an api: use lower-case letters, digits, dots, dashes and underscores"},
		{"no base_url", "apis:\n  notoin: {min_rate: 1}", "config.yaml:2:3: apis.notoin: base_url is required, as this API is not built in; or did you mean notion?"},
		{"empty entry deletes", "apis:\n  my-api:\n", ""},
		{"unknown key", head + "min_rat: 1", "config.yaml:4:5: apis.my-api.min_rat: unknown key, did you mean min_rate?"},
		{"unknown far", head + "colour: red", "config.yaml:4:5: apis.my-api.colour: unknown key"},
		{"unknown inner", head + "buckets: [{name: a, maxrate: 1}]", "config.yaml:4:25: apis.my-api.buckets[0].maxrate: unknown key, did you mean max_rate?"},
		{"twice", head + "burst: 1\n    burst: 2", "config.yaml:5:5: apis.my-api.burst: duplicate key, first in line 4"},
		{"header twice", head + "headers: {a: x, A: y}", "config.yaml:4:21: apis.my-api.headers.A: duplicate header"},
		{"all of it", head + "nosuch: 1\n    burst: -1\n    max_rate: fast\n    min_rate: 5\n    headers: {X-A: 7, \"X B\": c}", "config.yaml:4:5: apis.my-api.nosuch: unknown key\n" +
			"config.yaml:5:12: apis.my-api.burst: -1 must be at least 1\nconfig.yaml:6:15: apis.my-api.max_rate: want a number, got a string\n" +
			"config.yaml:8:30: apis.my-api.headers.X B: \"X B\" is not a header name"},
		{"misspelt", "apis:\n  b:\n    base_ulr: https://a\n    burst: -1", "config.yaml:3:5: apis.b.base_ulr: unknown key, did you mean base_url?\nconfig.yaml:4:12: apis.b.burst: -1 must be at least 1"},
		{"merge key", "apis:\n  a: &a {base_url: https://a}\n  b:\n    <<: *a\n", "config.yaml:4:5: apis.b: merge keys (<<) are not supported; use an alias for a whole value"},
		{"number", head + "min_rate: fast", "config.yaml:4:15: apis.my-api.min_rate: want a number, got a string"},
		{"quoted number", head + `burst: "1"`, "config.yaml:4:12: apis.my-api.burst: want an integer, got a string"},
		{"not finite", head + "max_rate: .inf", "config.yaml:4:15: apis.my-api.max_rate: want a finite number"},
		{"fraction", head + "burst: 1.5", "config.yaml:4:12: apis.my-api.burst: want an integer, got a number"},
		{"boolean", head + "slow_start: 2", "config.yaml:4:17: apis.my-api.slow_start: want true or false, got a number"},
		{"list for a scalar", head + "burst: [1]", "config.yaml:4:12: apis.my-api.burst: want a number, got a list"},
		{"scalar for a list", head + "limits: 60/1m", "config.yaml:4:13: apis.my-api.limits: want a list, got a string"},
		{"hole", head + "limits: [~]", "config.yaml:4:14: apis.my-api.limits[0]: is empty"},
		{"headers", head + "headers: {A: [x]}", "config.yaml:4:18: apis.my-api.headers.A: want a string, got a list"},
		{"duration", head + "default_pause: 60", "config.yaml:4:20: apis.my-api.default_pause: 60 needs a unit: 60s, 60m or 60h"},
		{"negative duration", head + "default_pause: -1s", "config.yaml:4:20: apis.my-api.default_pause: -1s must not be negative"},
		{"factor", head + "decrease_factor: 1.5", "config.yaml:4:22: apis.my-api.decrease_factor: 1.5 is not in (0, 1]"},
		{"factor 0", head + "decrease_factor: 0", "config.yaml:4:22: apis.my-api.decrease_factor: 0 is not in (0, 1]"},
		{"negative", head + "min_rate: -1", "config.yaml:4:15: apis.my-api.min_rate: -1 must be at least 0"},
		{"no rate", head + "initial_rate: 0", "config.yaml:4:19: apis.my-api.initial_rate: 0 must be greater than 0"},
		{"bounds", head + "min_rate: 2\n    max_rate: 1", "config.yaml:5:15: apis.my-api.max_rate: 1 is less than min_rate, which is 2"},
		{"bound of a built-in", "apis:\n  airtable:\n    min_rate: 9", "config.yaml:3:15: apis.airtable.min_rate: 9 is greater than max_rate, which is 5 (built-in)"},
		{"limit", head + "limits: [60/1x]", `config.yaml:4:14: apis.my-api.limits[0]: "60/1x" is not a limit like 60/1m: "1x" is not a duration like 30s, 5m or 1d`},
		{"no limit", head + "limits: [0/1m]", "config.yaml:4:14: apis.my-api.limits[0]: 0/1m is not a valid limit: at least 1 request in at most 366d"},
		{"limits", head + "limits: [1/s, 2/m, 3/h, 4/d, 5/s]", "config.yaml:4:13: apis.my-api.limits: 5 limits; at most 4 are supported"},
		{"status", head + "backoff_status_codes: [429, 4290]", "config.yaml:4:33: apis.my-api.backoff_status_codes[1]: 4290 is not a status code from 100 to 599"},
		{"empty rule", head + "throttle_when: [{pause: 1s}]", "config.yaml:4:21: apis.my-api.throttle_when[0]: matches every response; add status, header, body or json"},
		{"rule without values", head + "throttle_when: [{json: .a}]", "config.yaml:4:28: apis.my-api.throttle_when[0].json: requires in, the values to match"},
		{"rule without a path", head + "never_retry: [{status: 429, in: [x]}]", "config.yaml:4:37: apis.my-api.never_retry[0].in: requires json, the path of the value"},
		{"rule with an unused pause", head + "never_retry: [{status: 429, pause: 1s}]", "config.yaml:4:40: apis.my-api.never_retry[0].pause: is only used in throttle_when"},
		{"rule's path", head + "throttle_when: [{json: a, in: [x]}]", `config.yaml:4:28: apis.my-api.throttle_when[0].json: "a" does not begin with a dot`},
		{"rule's index", head + "throttle_when: [{json: '.a[-1]', in: [x]}]", "config.yaml:4:28: apis.my-api.throttle_when[0].json: the index of a rule must not be negative; use [] for every element"},
		{"rule's pause", head + "throttle_when: [{status: 429, pause: .a-b}]", `config.yaml:4:42: apis.my-api.throttle_when[0].pause: ".a-b" is not a path like .a.b[0]."c d": "a-b" must be quoted, ."a-b"`},
		{"rule's pause without a unit", head + "throttle_when: [{status: 429, pause: 60}]", "config.yaml:4:42: apis.my-api.throttle_when[0].pause: 60 needs a unit: 60s, 60m or 60h"},
		{"rule's pause as a list", head + "throttle_when: [{status: 429, pause: [1s]}]", "config.yaml:4:42: apis.my-api.throttle_when[0].pause: want a duration like 30s, or a path like .parameters.retry_after, got a list"},
		{"bucket name", head + "buckets: [{paths: [/a]}]", `config.yaml:4:15: apis.my-api.buckets[0].name: "" is not a valid name: use letters, digits, dots, dashes and underscores`},
		{"bucket twice", head + "buckets: [{name: a}, {name: a}]", `config.yaml:4:33: apis.my-api.buckets[1].name: duplicate bucket "a"`},
		{"method", head + "buckets: [{name: a, methods: [post]}]", `config.yaml:4:35: apis.my-api.buckets[0].methods[0]: "post" is not a method in upper case`},
		{"glob", head + "idempotent_posts: [search]", `config.yaml:4:24: apis.my-api.idempotent_posts[0]: "search" must begin with a slash`},
		{"auth type", head + "auth: {type: baerer, env: [T]}", `config.yaml:4:18: apis.my-api.auth.type: "baerer" is not one of bearer, basic, header, query, path, oauth2_client_credentials, oauth, command, sigv4, sign`},
		{"auth name", head + "auth: {type: query, env: [T]}", "config.yaml:4:11: apis.my-api.auth.name: missing: the header or query parameter of the credential"},
		{"auth source", head + "auth: {type: bearer}", "config.yaml:4:11: apis.my-api.auth: has no source: add env, keyring or command"},
		{"auth env of a client", head + "auth: {type: oauth2_client_credentials, token_url: https://h/t, env: [T, MY_SECRET]}", "config.yaml:4:78: apis.my-api.auth.env[1]: env is for a token obtained elsewhere, which is sent as it is; use client_id_env and client_secret_env for the client"},
		{"pagination", head + "pagination: {style: cursor, send: {query: c}}", "config.yaml:4:17: apis.my-api.pagination.next: missing: the path of the next cursor in the response"},
		{"pages' path", head + "pagination: {style: cursor, send: {query: c}, next: .a-b}", `config.yaml:4:57: apis.my-api.pagination.next: ".a-b" is not a path like .a.b[0]."c d": "a-b" must be quoted, ."a-b"`},
		{"pages' path to several", head + "pagination: {style: cursor, send: {query: c}, next: '.a[].b'}", `config.yaml:4:57: apis.my-api.pagination.next: ".a[].b" leads to several values; [] is allowed in rules only`},
		{"pages' field", head + "pagination: {style: page, send: {body: '.a[0]'}}", "config.yaml:4:44: apis.my-api.pagination.send.body: want a field name, or a path of names like .variables.after"},
		{"pages' field without a dot", head + "pagination: {style: page, send: {body: variables.after}}", `config.yaml:4:44: apis.my-api.pagination.send.body: "variables.after" is ambiguous: write .variables.after for a path or ."variables.after" for the name of one field`},
		{"pages' size without a dot", head + "pagination: {style: page, send: {query: p}, size: {body: 'a[0]'}}", `config.yaml:4:62: apis.my-api.pagination.size.body: "a[0]" is ambiguous: write .a[0] for a path or ."a[0]" for the name of one field`},
		{"links send nothing", head + "pagination: {style: link, send: {query: c}}", "config.yaml:4:37: apis.my-api.pagination.send: is not used with style link: the link is the whole next request"},
		{"first of cursors", head + "pagination: {style: link, first: 0}", "config.yaml:4:38: apis.my-api.pagination.first: is only used with styles page and offset"},
		{"circuit", head + "circuit_breaker: {failure_threshold: 0, open_interval: 1s}", "config.yaml:4:42: apis.my-api.circuit_breaker.failure_threshold: 0 must be at least 1"},
		{"all of them", head + "burst: 0\n    min_rate: -1", "config.yaml:4:12: apis.my-api.burst: 0 must be at least 1\nconfig.yaml:5:15: apis.my-api.min_rate: -1 must be at least 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(tt.text)
			if diff := cmp.Diff(tt.want, text(err)); diff != "" {
				t.Errorf("parse(%q) (-want +got):\n%s", tt.text, diff)
			}
			if _, ok := errors.AsType[*Error](err); !ok && err != nil {
				t.Errorf("parse(%q): error is a %T, want a *ConfigError", tt.text, err)
			}
		})
	}
}

func TestBaseURLProblems(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"api.example.com":              "must begin with https:// or http://",
		"ftp://api.example.com":        "must begin with https:// or http://",
		"https:///v1":                  "has no host",
		"https://:8080":                "has no host",
		"https://h:99999":              "has no valid port",
		"https://h:":                   "has no valid port",
		"https://user:hunter2@h":       "contains a user name or password; they belong in auth",
		"https://h/?hunter2":           "must not have a query or a fragment",
		"https://h/#hunter2":           "must not have a query or a fragment",
		"https://h/%zz?hunter2":        "not a URL",
		"https://a b":                  "not a URL",
		"HTTPS://API.example.com:8/v1": "",
		"http://[::1]:8080":            "",
	} {
		p := Profile{Name: "my-api", BaseURL: base}
		if want != "" {
			want = "apis.my-api.base_url: " + want
		}
		if got := text(p.Check()); got != want {
			t.Errorf("Check() with base_url %q = %q, want %q", base, got, want)
		}
	}
}

func FuzzOverride(f *testing.F) {
	for _, name := range builtInNames() {
		profile, err := builtIns.ReadFile("profiles/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add("apis:\n  my-api:\n    " + strings.ReplaceAll(string(profile), "\n", "\n    "))
	}
	f.Add("apis: &a {notion: *a}")
	f.Add("apis:\n  notion: ~\n  github: {buckets: [{name: a, limits: [1/1d12h]}]}\nstore: memory\n")
	f.Add("? [a]\n: b\n? !!merge <<\n: {}\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parse(text)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("parse(%q): error is a %T, want a *ConfigError", text, err)
			}
			return
		}
		for _, name := range r.Names() {
			p, err := r.Profile(name)
			if err != nil {
				t.Fatalf("Profile(%q) after parse(%q): %v", name, text, err)
			}
			p.Values()
		}
	})
}
