package sandbox_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
)

// A client inside the process meets a limit of two requests an hour.
func ExampleTransport() {
	server, err := sandbox.New(sandbox.Config{
		Limits:  []sandbox.Limit{{Kind: sandbox.Fixed, N: 2, Per: time.Hour}},
		Headers: "retry-after,ratelimit-7",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	client := &http.Client{Transport: sandbox.Transport(server)}
	for range 3 {
		resp, err := client.Get("http://sandbox/items/1")
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Println(resp.Status)
	}
	// Output:
	// 200 OK
	// 200 OK
	// 429 Too Many Requests
}

// A server like Notion, whose plan is raised after a quarter of an hour, and
// where somebody else uses up half of it.
func ExampleLike() {
	config, err := sandbox.Like("notion")
	if err != nil {
		fmt.Println(err)
		return
	}
	config.Changes = []sandbox.Change{{
		After:  15 * time.Minute,
		Limits: []sandbox.Limit{{Kind: sandbox.Fixed, N: 600, Per: time.Minute}},
	}}
	config.Rival = sandbox.Rival{Share: 0.5}
	server, err := sandbox.New(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	client := &http.Client{Transport: sandbox.Transport(server)}
	resp, err := client.Get("https://api.notion.com/v1/users/me")
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	stats, err := server.Stats()
	fmt.Println(resp.Status, stats.Accepted, stats.Throttled, err)
	// Output: 200 OK 1 0 <nil>
}
