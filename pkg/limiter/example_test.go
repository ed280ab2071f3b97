package limiter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
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

// A key of one's own: requests of each tenant have a rate of their own, and never more than 100 in a minute.
func Example_ownKey() {
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

// An observer: every attempt is reported, retries too.
func Example_observe() {
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

// A cost: a model's limit counts tokens, and a request is thought to take 900 of them. What it took is read from the
// response, so that estimates become better.
func Example_cost() {
	model := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"usage": 700}`) })
	lim := limiter.New(limiter.Config{})
	client := &http.Client{Transport: &limiter.Transport{
		Base:    handlerTransport{model},
		Limiter: lim,
		Plan: func(*http.Request) limiter.Plan {
			return limiter.Plan{
				Key:   "model",
				Units: []limiter.Unit{{Name: "tokens", Estimate: 900}},
				Measure: func(_ *http.Response, body []byte, units []limiter.Unit) {
					var usage struct{ Usage float64 }
					if json.Unmarshal(body, &usage) == nil {
						units[0].Actual = usage.Usage
					}
				},
			}
		},
	}}
	resp, err := client.Post("http://api.example.com/chat", "application/json", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	known, _ := lim.Learned("model tokens")
	fmt.Println("a request takes", known.Sizes.Mean, "tokens", err)
	// Output: a request takes 700 tokens <nil>
}

// A test without network: Base is a handler of the test, and in a bubble of testing/synctest a wait takes no time.
func Example_testWithoutNetwork() {
	test := func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client := &http.Client{Transport: &limiter.Transport{
				Base:    handlerTransport{throttling()},
				Limiter: limiter.New(limiter.Config{}),
			}}
			resp, err := client.Get("http://api.example.com/items")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("after a retry the status is %s, want 200", resp.Status)
			}
		})
	}
	_ = test // go test calls it
}

// Without HTTP: a search costs five slots of the key's rate.
func ExampleLimiter_Acquire() {
	l := limiter.New(limiter.Config{})
	grant, err := l.Acquire(context.Background(), limiter.Plan{Key: "search", Cost: 5, MaxWait: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("send it now")
	grant.Done(limiter.Accepted, 0)
	// Output: send it now
}
