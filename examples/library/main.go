// Command library paces a plain http.Client with the limiter alone: no files, no profiles. It talks to
// a server of its own that allows 50 requests per second and says no more than that it throttles.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/pkg/limiter"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	handler, err := sandbox.New(sandbox.Config{
		Limits: []sandbox.Limit{{Kind: sandbox.Bucket, N: 50, Per: time.Second, Burst: 10}},
	})
	if err != nil {
		return err
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	paced := limiter.New(limiter.Config{})
	client := &http.Client{Transport: &limiter.Transport{
		Limiter: paced,
		Observe: func(e limiter.Event) {
			if e.Update.Cut {
				fmt.Printf("throttled: %.1f -> %.1f/s, pause %v\n", e.Update.RateBefore, e.Update.Rate, e.Update.Paused)
			}
		},
	}}

	start := time.Now()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() { fetch(ctx, client, fmt.Sprintf("%s/items/%d", server.URL, i)) })
	}
	wg.Wait()
	fmt.Printf("200 requests in %v\n", time.Since(start).Round(time.Millisecond))
	for key, known := range paced.Snapshot() {
		fmt.Printf("%s: %.1f/s\n", key, known.Rate)
	}
	return nil
}

func fetch(ctx context.Context, client *http.Client, url string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		log.Print(err)
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		log.Print(err)
		return
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
}
