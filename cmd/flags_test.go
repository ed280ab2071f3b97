package cmd

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/fetch"
)

func TestRateFlag(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]float64{"5/s": 5, "300/m": 5, "18000/h": 5, "0.5": 0.5} {
		var r rateValue
		if err := r.Set(in); err != nil || float64(r) != want {
			t.Errorf("Set(%q) = %v, %v, want %v", in, r, err, want)
		}
	}
	for _, bad := range []string{"", "fast", "-1/s", "0/s", "5/y", "Inf/s", "NaN"} {
		var r rateValue
		if r.Set(bad) == nil {
			t.Errorf("Set(%q) = %v, want an error", bad, r)
		}
	}
}

func TestSizeFlag(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"1": 1, "500k": 500 << 10, "64MiB": 64 << 20, "1G": 1 << 30, "2gb": 2 << 30} {
		var v sizeValue
		if err := v.Set(in); err != nil || int64(v) != want {
			t.Errorf("Set(%q) = %v, %v, want %v", in, int64(v), err, want)
		}
	}
	for _, bad := range []string{"", "MiB", "-1", "0", "1T", "1.5G", "9999999999G"} {
		var v sizeValue
		if v.Set(bad) == nil {
			t.Errorf("Set(%q) = %v, want an error", bad, int64(v))
		}
	}
}

// parse runs the command line of a verb up to its run function.
func parse(t *testing.T, verb string, args ...string) (*fetchOptions, error) {
	t.Helper()
	var got *fetchOptions
	e := &env{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Getenv: func(string) string { return "" }}
	commands := newVerbCmds(e, &globalOptions{}, func(_ context.Context, o *fetchOptions) error {
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
	o.apply(&o.Options)
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

// Every command says what it is for, starting with a verb, and gives at least three examples to paste.
func TestHelp(t *testing.T) {
	t.Parallel()
	e := &env{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Getenv: func(string) string { return "" }}
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: Short is %q, want a phrase without a full stop", c.CommandPath(), c.Short)
		}
		lines := strings.Split(c.Example, "\n")
		if !isTopic(c) && len(lines) < 3 {
			t.Errorf("%s: Example is %q, want three that can be pasted", c.CommandPath(), c.Example)
		}
		for _, line := range lines {
			if !isTopic(c) && !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: example %q is not indented by two", c.CommandPath(), line)
			}
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(newRoot(e))
	for _, code := range []string{"0 ", "1 ", "2 ", "3 ", "5 ", "6 ", "7 ", "22 ", "26 ", "28 ", "35 ", "47 ", "52 ", "55 ", "56 ", "60 ", "75 ", "97 ", "130 ", "141 "} {
		if !strings.Contains(helpExitCodes, "  "+code) {
			t.Errorf("arl help exit-codes lacks %s", code)
		}
	}
}

// What the topic shows is a configuration.
func TestHelpConfig(t *testing.T) {
	t.Parallel()
	_, shown, _ := strings.Cut(helpConfig, "\n\n")
	shown, _, _ = strings.Cut(shown, "\n\n")
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(shown), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Profile("my-api")
	if err != nil || r.Store() == "" || len(p.Buckets) != 2 || p.Pagination == nil || *p.InitialRate != 2 {
		t.Errorf("profile %+v, %v", p, err)
	}
}
