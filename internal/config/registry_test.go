package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
)

// load writes a configuration and loads it.
func load(t *testing.T, text string) *config.Registry {
	t.Helper()
	r, err := config.Load(write(t, text))
	if err != nil {
		t.Fatalf("Load(%q): %v", text, err)
	}
	return r
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func profile(t testing.TB, r *config.Registry, name string) *config.Profile {
	t.Helper()
	p, err := r.Profile(name)
	if err != nil {
		t.Fatalf("Profile(%q): %v", name, err)
	}
	return p
}

func TestBuiltInProfiles(t *testing.T) {
	t.Parallel()
	r := config.NewRegistry()
	if err := r.Check(); err != nil {
		t.Errorf("Check() = %v", err)
	}
	want := strings.Fields("airtable anthropic discord fieldguide github gitlab google hubspot jira linear microsoft-graph notion okta openai " +
		"salesforce sandbox shopify slack stripe vanta zapier zendesk")
	if diff := cmp.Diff(want, r.Names()); diff != "" {
		t.Errorf("Names() (-want +got):\n%s", diff)
	}
	for _, name := range r.Names() {
		p := profile(t, r, name)
		if p.DocumentedLimit == "" || p.InitialRate == nil {
			t.Errorf("profile %s: documented_limit_desc %q, initial_rate %v, want both", name, p.DocumentedLimit, p.InitialRate)
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	if _, err := config.Load(filepath.Join(t.TempDir(), "config.yaml")); err != nil {
		t.Errorf("Load of no file = %v, want nil", err)
	}
	_, err := config.Load(t.TempDir())
	if _, ok := errors.AsType[*config.Error](err); !ok {
		t.Errorf("Load of a directory = %v, want a ConfigError", err)
	}
	bad := write(t, "apis:\n  notion:\n    burst: 0\n")
	if _, err := config.Load(bad); fmt.Sprint(err) != bad+":3:12: apis.notion.burst: 0 must be at least 1" {
		t.Errorf("Load of a bad value = %v", err)
	}
	if got := load(t, "store: memory").Store(); got != "memory" {
		t.Errorf("Store() = %q, want memory", got)
	}
}

func TestOverride(t *testing.T) {
	t.Parallel()
	r := load(t, `
apis:
  notion:
    min_rate: 0                     # an explicit 0 is not absent
    decrease_factor: ~              # null deletes
    headers: {notion-version: ~, X-Team: 7}
    idempotent_posts: [/search]     # lists replace
    auth: {env: [MY_TOKEN]}         # mappings merge
    max_retries_on_backoff: 0
  github:
    buckets: []
  slack: ~
`)
	p := profile(t, r, "notion")
	if p.BaseURL != "https://api.notion.com/v1" || *p.InitialRate != 2 {
		t.Errorf("base_url = %q, initial_rate = %v, want those of the built-in profile", p.BaseURL, *p.InitialRate)
	}
	if p.MinRate == nil || *p.MinRate != 0 || p.Params(nil).MinRate == 0 {
		t.Errorf("min_rate = %v, Params has %v, want an explicit 0, not the default", p.MinRate, p.Params(nil).MinRate)
	}
	if p.DecreaseFactor != nil {
		t.Errorf("decrease_factor = %v, want none", *p.DecreaseFactor)
	}
	if diff := cmp.Diff(map[string]string{"X-Team": "7"}, p.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/search"}, p.IdempotentPosts); diff != "" {
		t.Errorf("idempotent_posts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&config.Auth{Type: config.AuthBearer, Env: []string{"MY_TOKEN"}, Keyring: true}, p.Auth); diff != "" {
		t.Errorf("auth (-want +got):\n%s", diff)
	}
	if got := p.MaxBackoff(); got != -1 {
		t.Errorf("MaxBackoff() = %d, want -1: never", got)
	}
	if got := profile(t, r, "github").Buckets; len(got) != 0 {
		t.Errorf("buckets = %v, want none", got)
	}
	_, err := r.Profile("slack")
	if _, ok := errors.AsType[*config.UnknownAPIError](err); !ok {
		t.Errorf("Profile(slack) = %v, want an *UnknownAPIError: it was deleted", err)
	}
	if got := profile(t, config.NewRegistry(), "notion").Headers["Notion-Version"]; got == "" {
		t.Error("the built-in profile changed with the user's")
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	r := load(t, "apis:\n  notion:\n    burst: 3\n    headers:\n      X-Api-Key: hunter2\n")
	p := profile(t, r, "notion")
	var got []string
	for _, v := range p.Values() {
		if v.Path == "burst" || v.Path == "initial_rate" || v.Path == "auth.env[1]" || v.Path == "headers.X-Api-Key" {
			got = append(got, fmt.Sprintf("%s = %s (%s)", v.Path, v.Text, filepath.Base(v.Place.String())))
		}
	}
	want := []string{
		"initial_rate = 2 (built-in)",
		"burst = 3 (config.yaml:3)",
		"headers.X-Api-Key = [redacted] (config.yaml:5)",
		"auth.env[1] = NOTION_API_KEY (built-in)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Values() (-want +got):\n%s", diff)
	}
}

func TestUnknownAPI(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"notoin":     `unknown api "notoin", did you mean notion?`,
		"githib":     `unknown api "githib", did you mean github or gitlab?`,
		"xyzzy":      `unknown api "xyzzy"`,
		"":           `unknown api ""`,
		"../notion":  `unknown api "../notion"`,
		"profiles/x": `unknown api "profiles/x"`,
	} {
		_, err := config.NewRegistry().Profile(name)
		if _, ok := errors.AsType[*config.UnknownAPIError](err); !ok || err.Error() != want {
			t.Errorf("Profile(%q) = %v, want %s", name, err, want)
		}
	}
}

func TestRegister(t *testing.T) {
	t.Parallel()
	r := config.NewRegistry()
	p := &config.Profile{
		Name: "mine", BaseURL: "https://mine.example.com/",
		Pace: config.Pace{MaxRate: new(3.0), Limits: []limiter.Window{{Limit: 60, Per: time.Minute}}},
	}
	if err := r.Register(p); err != nil {
		t.Fatalf("Register(%v): %v", p, err)
	}
	got := profile(t, r, "mine")
	want := &limiter.Params{MaxRate: 3, Windows: []limiter.Window{{Limit: 60, Per: time.Minute}}}
	if diff := cmp.Diff(want, got.Params(nil), cmpopts.IgnoreUnexported(limiter.Params{})); diff != "" {
		t.Errorf("Params(nil) (-want +got):\n%s", diff)
	}
	if one, other := got.Params(nil), got.Params(nil); one != other {
		t.Errorf("Params(nil) is %p, then %p, want the same pointer", one, other)
	}
	err := r.Register(&config.Profile{Name: "bad", BaseURL: "mine.example.com"})
	if _, ok := errors.AsType[*config.Error](err); !ok {
		t.Errorf("Register of a bad profile = %v, want a *ConfigError", err)
	}
}

func TestOverrideRegistered(t *testing.T) {
	t.Parallel()
	r := config.NewRegistry()
	if err := r.Register(&config.Profile{Name: "mine", BaseURL: "https://mine.example.com", Budget: "team"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Override(write(t, "apis: {mine: {burst: 2}}")); err != nil {
		t.Fatal(err)
	}
	if p := profile(t, r, "mine"); p.Budget != "team" || *p.Burst != 2 {
		t.Errorf("budget = %q, burst = %d, want team and 2", p.Budget, *p.Burst)
	}
}

func TestRegistryIsConcurrent(t *testing.T) {
	t.Parallel()
	r := config.NewRegistry()
	first := make([]*config.Profile, 20)
	var wg sync.WaitGroup
	for i := range first {
		wg.Go(func() {
			first[i], _ = r.Profile("github")
			_ = r.Register(&config.Profile{Name: fmt.Sprint("api", i), BaseURL: "http://localhost"})
			r.Names()
		})
	}
	wg.Wait()
	for i, p := range first {
		if p == nil || p != first[0] {
			t.Errorf("goroutine %d got profile %p, want %p as all others", i, p, first[0])
		}
	}
}

func BenchmarkBuiltIn(b *testing.B) {
	for b.Loop() {
		profile(b, config.NewRegistry(), "github")
	}
}

func BenchmarkLoad(b *testing.B) {
	path := filepath.Join(b.TempDir(), "config.yaml")
	text := "apis:\n  notion: {max_rate: 3}\n  my-api: {base_url: https://api.example.com, burst: 5}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := config.Load(path)
		if err != nil {
			b.Fatal(err)
		}
		profile(b, r, "my-api")
	}
}
