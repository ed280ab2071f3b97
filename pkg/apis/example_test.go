package apis_test

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
)

func ExampleRegistry_Profile() {
	profile, err := apis.NewRegistry().Profile("github")
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := profile.URL("/search/code?q=arl")
	if err != nil {
		fmt.Println(err)
		return
	}
	bucket := profile.Bucket(http.MethodGet, u.EscapedPath())
	fmt.Println(u)
	fmt.Println(profile.Key(bucket, ""), profile.Params(bucket).Windows)
	// Output:
	// https://api.github.com/search/code?q=arl
	// github/search [{30 1m0s}]
}

func ExampleNewClient() {
	profile := &apis.Profile{
		Name:    "my-api",
		BaseURL: "https://api.example.com/v1",
		Auth:    &apis.Auth{Type: apis.AuthBearer, Env: []string{"MY_TOKEN"}},
	}
	client, err := apis.NewClient(profile, apis.ClientConfig{
		Limiter: limiter.New(limiter.Config{}),
		Getenv:  env("MY_TOKEN=secret"), // os.Getenv
		Base: wire(func(w http.ResponseWriter, r *http.Request) { // leave out to use the network
			fmt.Fprintln(w, r.URL, r.Header.Get("Authorization"))
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
	fmt.Print(string(body))
	fmt.Println(err, len(client.Snapshot()))
	// Output:
	// https://api.example.com/v1/pages/1 Bearer secret
	// <nil> 1
}

func ExampleRegistry_Register() {
	registry := apis.NewRegistry()
	err := registry.Register(&apis.Profile{
		Name:    "my-api",
		BaseURL: "https://api.example.com",
		Pace:    apis.Pace{InitialRate: new(5.0), DecreaseFactor: new(1.5)},
	})
	fmt.Println(err)
	// Output:
	// register "my-api": apis.my-api.decrease_factor: 1.5 is not within (0, 1]
}
