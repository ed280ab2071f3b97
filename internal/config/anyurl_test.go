package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/config"
)

// configured is the registry of a config.yaml.
func configured(t *testing.T, text string) (*config.Registry, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(path)
}

func TestForURL(t *testing.T) {
	t.Parallel()
	r, err := configured(t, `apis:
  wide: {base_url: https://api.example.com}
  deep: {base_url: https://API.example.com:443/v1/}
  deeper: {base_url: https://api.example.com/v1/admin}
  bot: {base_url: https://api.github.com}
  local: {base_url: "http://[::1]:8080"}
  taken: {base_url: "https://elsewhere.example/x"}
  taken.example: {base_url: https://other.example}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ url, name string }{
		{"https://api.example.com", "wide"},
		{"https://api.example.com/v1", "deep"},
		{"https://api.example.com/v1?x=/admin", "deep"},
		{"https://api.example.com/v1/x", "deep"},
		{"https://api.example.com/v1#/admin", "deep"},
		{"HTTPS://Api.Example.COM:443/v1/x", "deep"},
		{"https://api.example.com/v1x", "wide"}, // whole segments
		{"https://api.example.com/v1/admin/users", "deeper"},
		{"https://api.example.com/v1/administrators", "deep"},
		{"https://api.example.com/v1/admin/../users", "deep"},
		{"https://api.example.com/v2/../v1/x", "deep"},
		{"https://api.example.com/%76%31/x", "wide"}, // escapes are compared as they are written
		{"https://api.github.com/users/x", "bot"},    // the user's own before the built-in one
		{"https://api.notion.com/v1/users", "notion"},
		{"https://api.notion.com/v2", "api.notion.com"},
		{"http://api.notion.com/v1/users", "api.notion.com"}, // another origin
		{"https://api.notion.com:8443/v1", "api.notion.com:8443"},
		{"http://[0:0:0:0:0:0:0:1]:8080/x", "local"},
		{"http://[::1]/x", "[::1]"},
		{"http://[2001:DB8::1]:81/x", "[2001:db8::1]:81"},
		{"http://127.0.0.1:8080", "127.0.0.1:8080"},
		{"http://host:080/", "host"},
		{"http://host:443/", "host:443"},
		{"https://Bücher.example/x", "xn--bcher-kva.example"},
		{"https://under_score.example/x", "under_score.example"},
		{"https://taken.example/x", "taken.example:443"}, // the name is another origin's profile
		{"https://host/?u=http://x@y", "host"},
	} {
		p, err := r.ForURL(c.url)
		if err != nil {
			t.Errorf("ForURL(%q): %v", c.url, err)
			continue
		}
		if p.Name != c.name {
			t.Errorf("ForURL(%q) = %q, want %q", c.url, p.Name, c.name)
		}
		if known := slices.Contains(r.Names(), p.Name); p.AdHoc() == known {
			t.Errorf("ForURL(%q).AdHoc() = %v, known %v", c.url, p.AdHoc(), known)
		}
		if _, err := p.URL(c.url); err != nil {
			t.Errorf("%q is not a URL of its own profile: %v", c.url, err)
		}
	}
}

func TestForURLMalformed(t *testing.T) {
	t.Parallel()
	r := config.NewRegistry()
	for _, c := range []struct{ url, problem string }{
		{"ftp://host/x", "ftp:// is not supported"},
		{"https://", "no valid host"},
		{"https:///x", "no valid host"},
		{"https://?x", "no valid host"},
		{"https://:443/", "no valid host"},
		{"https://user:geheim@host/x", "user name or password"},
		{"https://geheim@host/x", "user name or password"},
		{"https://host:99999/x", "port"},
		{"https://host:geheim/x", "malformed"},
		{"https://ho st/x", "malformed"},
		{"https://[::1/x", "malformed"},
		{"https://evil\\@geheim/x", "malformed"},
		{"https://host/%zz", "broken escape"},
		{"https://host/\x00geheim", "control character"},
		{"https://xn--/x\x7f", "control character"},
		{"https://ä\u200d\u0301./x", "international name"},
		{"/geheim", "no scheme"},
	} {
		_, err := r.ForURL(c.url)
		bad, ok := errors.AsType[*config.URLError](err)
		if !ok || !strings.Contains(bad.Problem, c.problem) {
			t.Errorf("ForURL(%q) = %v, want a URLError that says %q", c.url, err, c.problem)
			continue
		}
		if said := bad.Error() + bad.Hint(); strings.Contains(said, "geheim") {
			t.Errorf("ForURL(%q) says %q", c.url, said)
		}
	}
}

func TestForURLTies(t *testing.T) {
	t.Parallel()
	r, err := configured(t, `apis:
  two: {base_url: https://api.example.com/v1/}
  one: {base_url: https://api.example.com/v1}
  three: {base_url: https://api.example.com}
`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.ForURL("https://api.example.com/v1/x")
	tie, ok := errors.AsType[*config.AmbiguousURLError](err)
	if !ok || !slices.Equal(tie.Names, []string{"one", "two"}) {
		t.Errorf("got %v, want one and two", err)
	}
	if p, err := r.ForURL("https://api.example.com/v2"); err != nil || p.Name != "three" {
		t.Errorf("got %v, %v, want three", p, err)
	}
}

// A profile that is added later has to be found, and one that is deleted not.
func TestForURLFollowsTheRegistry(t *testing.T) {
	t.Parallel()
	r, err := configured(t, "apis: {notion: null}\n")
	if err != nil {
		t.Fatal(err)
	}
	const url = "https://api.notion.com/v1/users"
	if p, err := r.ForURL(url); err != nil || !p.AdHoc() {
		t.Fatalf("got %v, %v, want an ad hoc profile", p, err)
	}
	if err := r.Register(&config.Profile{Name: "mine", BaseURL: "https://api.notion.com/v1"}); err != nil {
		t.Fatal(err)
	}
	if p, err := r.ForURL(url); err != nil || p.Name != "mine" {
		t.Fatalf("got %v, %v, want mine", p, err)
	}
}

// The base_url of built-in profiles is read without the rest of them.
func TestForURLOfBuiltIns(t *testing.T) {
	t.Parallel()
	for _, name := range config.NewRegistry().Names() {
		r := config.NewRegistry()
		p, err := r.Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.CheckBaseURL() != nil { // no URL is below one that the user has to complete
			continue
		}
		if got, err := config.NewRegistry().ForURL(p.BaseURL + "/x"); err != nil || got.Name != name {
			t.Errorf("ForURL(%s/x) = %v, %v, want %s", p.BaseURL, got, err, name)
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	r, err := configured(t, `defaults:
  initial_rate: 7
  max_rate: 9
  headers: {Api-Version: "2"}
  limits: ["60/1m"]
  backoff_status_codes: [420]
apis:
  mine: {base_url: https://mine.example}
`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.ForURL("https://host.example/x")
	if err != nil {
		t.Fatal(err)
	}
	params := p.Params(nil)
	if params.InitialRate != 7 || params.MaxRate != 9 || len(params.Windows) != 1 || p.Headers["Api-Version"] != "2" {
		t.Errorf("the defaults do not hold: %+v", params)
	}
	if backoff, _, _ := p.Rules(); !slices.Equal(backoff, []int{420}) {
		t.Errorf("backoff_status_codes = %v, want 420", backoff)
	}
	if other, _ := r.ForURL("https://other.example"); other.Params(nil) != params {
		t.Error("two origins have parameters of their own, where they could share them")
	}
	if mine, _ := r.Profile("mine"); mine.Params(nil).InitialRate == 7 {
		t.Error("the defaults hold for a profile, too")
	}
}

func TestDefaultsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"defaults: {max_rat: 1}", "defaults.max_rat"},
		{"defaults: {max_rate: -1}", "defaults.max_rate"},
		{"defaults: {base_url: https://x.example}", "defaults.base_url"},
		{"defaults: {auth: {type: bearer, env: [X]}}", "defaults.auth"},
		{"defaults: {budget: b}", "defaults.budget"},
		{"defaults: {headers: {x-api-key: abc}}", "defaults.headers.X-Api-Key"},
		{"defaults: [1]", "defaults"},
		{"default: {}", "default"},
	} {
		_, err := configured(t, c.text)
		bad, ok := errors.AsType[*config.Error](err)
		if !ok || len(bad.Problems) != 1 || bad.Problems[0].Path != c.want || bad.Problems[0].Line != 1 {
			t.Errorf("%s: got %v, want one problem with %s in line 1", c.text, err, c.want)
		}
	}
	if _, err := configured(t, "defaults:\n"); err != nil {
		t.Errorf("empty defaults: %v", err)
	}
}

func FuzzForURL(f *testing.F) {
	for _, seed := range []string{"https://api.notion.com/v1/x", "http://[::1%25eth0]:80/", "HTTP://a..b/../c", "https://x@y", "http://h:0/"} {
		f.Add(seed)
	}
	r := config.NewRegistry()
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := r.ForURL(raw)
		if err != nil {
			return
		}
		u, err := p.URL(raw)
		if err != nil {
			t.Fatalf("%q has profile %q, but is not a URL of it: %v", raw, p.Name, err)
		}
		if !p.Owns(u) || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
			t.Fatalf("%q becomes %q, which is not of %q", raw, u, p.Name)
		}
		again, err := r.ForURL(u.String())
		if err != nil || again.Name != p.Name {
			t.Fatalf("%q is of %q, but what is sent, %q, of %v (%v)", raw, p.Name, u, again, err)
		}
	})
}
