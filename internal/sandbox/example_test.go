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
