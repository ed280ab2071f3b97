// Command client registers a profile and uses it as apis.ClientFor does for the built-in ones: with
// the budget that all arl processes of the user share, and what they have learned. It talks to a
// server of its own, so it needs no account.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/pkg/apis"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	handler, err := sandbox.New(sandbox.Config{
		Limits: []sandbox.Limit{{Kind: sandbox.Bucket, N: 20, Per: time.Second, Burst: 5}},
	})
	if err != nil {
		return err
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	rate := 10.0
	if err := apis.Register(&apis.Profile{
		Name:    "example",
		BaseURL: server.URL,
		Pace:    apis.Pace{InitialRate: &rate},
	}); err != nil {
		return err
	}
	example, err := apis.ClientFor("example")
	if err != nil {
		return err
	}
	defer apis.Flush()

	for i := range 30 {
		resp, err := example.Get(ctx, fmt.Sprintf("/items/%d", i))
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return err
		}
		fmt.Print(string(body))
	}
	for key, known := range example.Snapshot() {
		fmt.Printf("%s: %.1f/s\n", key, known.Rate)
	}
	return nil
}
