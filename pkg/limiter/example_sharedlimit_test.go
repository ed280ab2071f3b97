package limiter_test

import (
	"context"
	"fmt"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// Each base has a pace of its own, and all of them together a documented limit.
func ExampleSharedLimit() {
	l := limiter.New(limiter.Config{})
	token := &limiter.SharedLimit{Key: "airtable/*", Windows: []limiter.Window{{Limit: 50, Per: time.Second}}}
	for _, base := range []string{"airtable/app1", "airtable/app2"} {
		grant, err := l.Acquire(context.Background(), limiter.Plan{
			Key: base, Params: &limiter.Params{MaxRate: 5}, Shared: token,
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(base, "may send")
		grant.Done(limiter.Accepted, 0)
	}
	// Output:
	// airtable/app1 may send
	// airtable/app2 may send
}
