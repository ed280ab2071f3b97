package apis_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A client of a built-in profile. It shares its rate limits, and what is learned of them, with every arl process of
// the user.
func ExampleClientFor() {
	notion, err := apis.ClientFor("notion") // the credential is in $NOTION_TOKEN, or in the system's keyring
	if err != nil {
		fmt.Println(err)
		return
	}
	defer apis.Flush()
	resp, err := notion.Get(context.Background(), "/users/me")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
}

// A profile of the program's own.
func ExampleRegister() {
	err := apis.Register(&apis.Profile{
		Name:    "my-api",
		BaseURL: "https://api.example.com/v1",
		Pace:    apis.Pace{MaxRate: new(5.0)}, // requests per second
		Auth:    &apis.Auth{Type: apis.AuthBearer, Env: []string{"MY_API_TOKEN"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := apis.ClientFor("my-api")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer apis.Flush()
	resp, err := client.Get(context.Background(), "/items")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
}

// What is wrong with a profile is reported field by field.
func ExampleRegistry_Register() {
	err := apis.NewRegistry().Register(&apis.Profile{
		Name:    "my-api",
		BaseURL: "https://api.example.com",
		Pace:    apis.Pace{InitialRate: new(5.0), DecreaseFactor: new(1.5)},
	})
	if invalid, ok := errors.AsType[*apis.ConfigError](err); ok {
		for _, problem := range invalid.Problems {
			fmt.Printf("%s: %s\n", problem.Path, problem.Message)
		}
	}
	// Output:
	// apis.my-api.decrease_factor: 1.5 is not in (0, 1]
}

// A credential that the program has itself, such as one from a vault.
func ExampleBearerCredential() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.URL, r.Header.Get("Authorization"))
	}))
	defer server.Close()

	client, err := apis.NewClient(&apis.Profile{Name: "my-api", BaseURL: server.URL}, apis.ClientConfig{
		Limiter:    limiter.New(limiter.Config{}),
		Credential: apis.BearerCredential("hunter2", "vault"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := client.Get(context.Background(), "/items?page=1")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	_, err = io.Copy(os.Stdout, resp.Body)
	fmt.Println(err)
	// Output:
	// /items?page=1 Bearer hunter2
	// <nil>
}

// A configuration file over the built-in profiles.
func ExampleLoad() {
	dir, err := os.MkdirTemp("", "arl")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "config.yaml")
	err = os.WriteFile(file, []byte("apis: {github: {max_rate: 2}, my-api: {base_url: https://api.example.com}}"), 0o600)
	if err != nil {
		fmt.Println(err)
		return
	}
	registry, err := apis.Load(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"github", "my-api"} {
		profile, err := registry.Profile(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(name, profile.BaseURL, profile.MaxRate != nil)
	}
	// Output:
	// github https://api.github.com true
	// my-api https://api.example.com false
}

// A session with a configuration file and a store of the program's choice. With "memory" nothing is shared with
// other processes; "file" and redis://host/0 share.
func ExampleOpenSession() {
	registry := apis.NewRegistry()
	if err := registry.Register(&apis.Profile{Name: "my-api", BaseURL: "https://api.example.com"}); err != nil {
		fmt.Println(err)
		return
	}
	session, err := apis.OpenSession(apis.SessionConfig{
		Registry: registry,
		Store:    "memory",
		Getenv:   func(string) string { return "" }, // leave out to use the environment of the process
		Rate:     10,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := session.Client("my-api", apis.ClientConfig{UserAgent: "my-program/1.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	req, err := client.NewRequest(context.Background(), http.MethodGet, "/items", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(req.URL, client.Key(req))
	fmt.Println(session.Close())
	// Output:
	// https://api.example.com/items my-api
	// <nil>
}

// A roundTripper answers requests in this process.
type roundTripper func(*http.Request) *http.Response

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req), nil }

// A test without network: Base answers in the place of a server. The limiter paces as usual; in a bubble of
// testing/synctest its waits take no time.
func ExampleNewClient_testWithoutNetwork() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Method, " ", r.URL.Path)
	})
	client, err := apis.NewClient(&apis.Profile{Name: "my-api", BaseURL: "https://api.example.com/v1"}, apis.ClientConfig{
		Limiter: limiter.New(limiter.Config{}),
		Base: roundTripper(func(req *http.Request) *http.Response {
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, req)
			return recorder.Result()
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := client.Get(context.Background(), "/pages/1")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(string(body), err)
	// Output:
	// GET /v1/pages/1 <nil>
}
