package scale_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
	"github.com/arl-cli/arl/test/redistest"
)

// A bucket of tokens on a loopback socket, with OpenAI's headers: so many a second, and three seconds' worth at once. Every
// fifth request takes 3,000, the others 100.
const (
	tokensPerSecond = 20_000
	tokenLimit      = "60000/3s"
	tokenDepth      = 60_000
	tokensKnown     = 15 * time.Second // until then a unit that nothing is known of is being found out
	meanTokens      = (3000 + 4*100) / 5.0
	tokenProfile    = `apis:
  real:
    base_url: %s
    buckets:
      - name: "{model}"
        json: .model
        paths: [/chat]
        units: {tokens: {estimate: '.json.max_tokens + .bytes / 4', actual: .json.usage.total_tokens}}
`
)

// tokenRecords are the mix. A body of about 35 bytes takes 8 tokens besides max_tokens.
func tokenRecords() string {
	record := func(tokens int) string {
		return fmt.Sprintf("{\"method\": \"POST\", \"path\": \"/chat\", \"json\": {\"model\": \"m\", \"max_tokens\": %d}}\n", tokens-8)
	}
	return strings.Repeat(record(100), 4) + record(3000)
}

// TestRealUnits measures, in real time over real HTTP, what the rows of the gauntlet's TestUnits decide in virtual time:
// how much of a limit of tokens a process gets that knows nothing, one that remembers, and four hosts that share a Redis.
// The bars have room for a busy machine.
//
//	MEASURE=1 go test -v -run TestRealUnits ./test/scale
func TestRealUnits(t *testing.T) {
	t.Parallel()
	arltest.SkipUnmeasured(t)
	for name, hosts := range map[string]int{"one process": 1, "four hosts over Redis": 4} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			measureTokens(t, hosts)
		})
	}
}

func measureTokens(t *testing.T, hosts int) {
	stalled := arltest.WatchMachine(t)
	store := ""
	if hosts > 1 {
		store = "redis://" + redistest.Start(t).Addr
	}
	url, count := sandboxed("--tokens", tokenLimit)(t)
	var batches []batchOf
	for range hosts {
		home := t.TempDir()
		arltest.Write(t, filepath.Join(home, "config.yaml"), fmt.Sprintf(tokenProfile, url))
		batches = append(batches, batchOf{home: home, records: tokenRecords(), store: store})
	}
	cold := measure(t, count, coldRun, batches...)
	warm := measure(t, count, warmRun, batches...)
	all := cold.since(0) // of what refilled, and of what was there at the beginning
	whole := float64(all.Accepted) * meanTokens / (tokensPerSecond*all.At.Seconds() + tokenDepth)
	used := cold.since(tokensKnown).efficiency(tokensPerSecond / meanTokens)
	again := warm.since(0).efficiency(tokensPerSecond / meanTokens)
	t.Logf("real_ tokens, %d hosts: %5.1f %% of all, %5.1f %% after %v, %.2f %% throttled; warm %5.1f %%, %.2f %%; at worst %v late", hosts, 100*whole, 100*used, tokensKnown, 100*cold.all().share(), 100*again, 100*warm.all().share(), stalled())
	least, leastOfAll, throttled := 0.92, 0.65, 0.01
	if stalled() >= busyMachine {
		least, leastOfAll, throttled = 0.7, 0.45, busyThrottled
	}
	if used < least || again < least || whole < leastOfAll {
		t.Errorf("%.1f %% of the limit when it is known, and %.1f %% warm, want %.0f; %.1f of all, want %.0f; each second:\n%s\n%s",
			100*used, 100*again, 100*least, 100*whole, 100*leastOfAll, cold, warm)
	}
	if cold.all().share() > throttled || warm.all().share() > throttled {
		t.Errorf("throttled %.2f and %.2f %%, want at most %.0f", 100*cold.all().share(), 100*warm.all().share(), 100*throttled)
	}
}
