package limiter_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// handlerTransport serves requests within the process: a program's tests need no network.
type handlerTransport struct{ http.Handler }

func (h handlerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w.Result(), nil
}

// throttling answers its first request with 429, and all others with 200.
func throttling() http.Handler {
	n := 0
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
}

// A client that is paced, and that retries what was throttled.
func Example() {
	client := &http.Client{Transport: &limiter.Transport{
		Base:    handlerTransport{throttling()}, // leave it out to use the network
		Limiter: limiter.New(limiter.Config{}),
	}}
	resp, err := client.Get("http://api.example.com/items")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}

// Requests of each tenant have a rate of their own, and never more than 100 in a minute.
func ExampleTransport_plan() {
	transport := &limiter.Transport{Limiter: limiter.New(limiter.Config{})}
	params := &limiter.Params{Windows: []limiter.Window{{Limit: 100, Per: time.Minute}}}
	transport.Plan = func(req *http.Request) limiter.Plan {
		return limiter.Plan{Key: req.URL.Host + "/" + req.Header.Get("X-Tenant"), Params: params}
	}
	client := &http.Client{Transport: transport}
	req := httptest.NewRequest(http.MethodGet, "http://api.example.com/items", nil)
	req.Header.Set("X-Tenant", "acme")
	fmt.Println(client.Transport.(*limiter.Transport).Plan(req).Key)
	// Output: api.example.com/acme
}

// Every attempt is reported, retries too.
func ExampleTransport_observe() {
	client := &http.Client{Transport: &limiter.Transport{
		Base:    handlerTransport{throttling()},
		Limiter: limiter.New(limiter.Config{}),
		Observe: func(e limiter.Event) {
			fmt.Println("attempt", e.Number, "got", e.Status)
		},
	}}
	resp, err := client.Get("http://api.example.com/items")
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	// Output:
	// attempt 1 got 429
	// attempt 2 got 200
}

// GitHub throttles with 403; it says so in the body.
func ExampleRule() {
	transport := &limiter.Transport{
		Limiter: limiter.New(limiter.Config{}),
		Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{ThrottleWhen: []limiter.Rule{
				{Status: http.StatusForbidden, Body: "secondary rate limit", Pause: time.Minute},
			}}
		},
	}
	client := &http.Client{Transport: transport}
	client.CloseIdleConnections()
}

// Without HTTP: a search costs five slots of the key's rate.
func ExampleLimiter_Acquire() {
	l := limiter.New(limiter.Config{})
	grant, err := l.Acquire(context.Background(), limiter.Request{Key: "search", Cost: 5, MaxWait: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("send it now")
	grant.Done(limiter.Accepted, 0)
	// Output: send it now
}
