package request

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/fetch"
)

// parse runs the command line of a verb up to its run function.
func parse(t *testing.T, verb string, args ...string) (*options, error) {
	t.Helper()
	var got *options
	e := &cli.Env{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Getenv: func(string) string { return "" }}
	commands := newCmds(e, &cli.GlobalOptions{}, func(_ context.Context, o *options) error {
		got = o
		return nil
	})
	for _, c := range commands {
		if c.Name() != verb {
			continue
		}
		c.SilenceErrors, c.SilenceUsage = true, true
		c.SetArgs(args)
		err := c.ExecuteContext(t.Context())
		return got, err
	}
	t.Fatalf("no verb %s", verb)
	return nil, nil
}

func TestParseFetch(t *testing.T) {
	t.Parallel()
	o, err := parse(t, "post", "notion", "/search", "-d", "a=1", "--json", "{}", "--data-raw", "@x", "-m", "1.5", "--rate", "60/m", "-H", "A: b")
	if err != nil {
		t.Fatal(err)
	}
	want := []fetch.Datum{{Kind: fetch.DataASCII, Value: "a=1"}, {Kind: fetch.DataJSON, Value: "{}"}, {Kind: fetch.DataRaw, Value: "@x"}}
	if diff := cmp.Diff(want, o.Data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	if o.Method != "POST" || o.API != "notion" || o.Path != "/search" || o.Rate != 1 {
		t.Errorf("method %s, api %s, path %s, rate %v, want POST notion /search 1", o.Method, o.API, o.Path, o.Rate)
	}
	o.Apply(&o.Options)
	if o.Timeout != 1500*time.Millisecond || o.Options.MaxWait != 15*time.Minute || o.Options.Retry != 3 {
		t.Errorf("timeout %v, max wait %v, retry %d, want 1.5s, 15m, 3", o.Timeout, o.Options.MaxWait, o.Options.Retry)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{},
		{"notion"},
		{"notion", "/x", "/y"},
		{"notion", "/x", "-m", "-1"},
		{"notion", "/x", "--retry", "-1"},
		{"notion", "/x", "--max-wait", "-1s"},
		{"notion", "/x", "--rate", "often"},
	} {
		if _, err := parse(t, "get", args...); err == nil {
			t.Errorf("get %q was accepted, want an error", args)
		}
	}
}
