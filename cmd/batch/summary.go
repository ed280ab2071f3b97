package batch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// mostKeys is how many keys the summary names.
const mostKeys = 10

// showSummary writes what became of the records, and what was learned.
func (o *options) showSummary(s *session.Session, sum batch.Summary) {
	w := s.Env.Err
	before := ""
	if sum.Before > 0 {
		before = terminal.Count(sum.Before) + " done before + "
	}
	elsewhere := ""
	if sum.Elsewhere > 0 {
		elsewhere = fmt.Sprintf("; %s elsewhere, in other shards", terminal.Count(sum.Elsewhere))
	}
	unchanged := ""
	if sum.Unchanged > 0 {
		unchanged = fmt.Sprintf(" (%s unchanged)", terminal.Count(sum.Unchanged))
	}
	accepted := ""
	if sum.Accepted > 0 {
		accepted = fmt.Sprintf(" (of %s the job was accepted, and is not done)", terminal.Count(sum.Accepted))
	}
	fmt.Fprintf(w, "arl: read %s = %s%s ok%s + %s failed + %s unknown + %s not sent%s%s\n",
		terminal.Count(sum.Read), before, terminal.Count(sum.OK), unchanged, terminal.Count(sum.Failed), terminal.Count(sum.Unknown), terminal.Count(sum.NotSent), accepted, elsewhere)
	if cost := costText(sum.Costs, o.MaxCost); cost != "" {
		fmt.Fprintf(w, "arl: %s\n", cost+estimatedText(sum.Costs))
	}
	fmt.Fprintf(w, "arl: %s%s, %s, %s throttled\n",
		terminal.Span(sum.Elapsed), sentRate(&sum), terminal.Quantity(sum.Attempts, "attempt"), terminal.Count(s.Throttled.Load()))
	if !sum.Started.IsZero() {
		fmt.Fprintf(w, "arl: started %s, ended %s, arl %s\n", stamp(sum.Started), stamp(sum.Started.Add(sum.Elapsed)), s.Env.Build.Version)
	}
	known := s.Limiter.Snapshot()
	keys, more := busiest(known, mostKeys)
	for _, key := range keys {
		l := known[key]
		fmt.Fprintf(w, "arl: %s: rate %s, %s\n", key, terminal.PerSecond(l.Rate), estimate.Phrase(&l))
	}
	if more > 0 {
		fmt.Fprintf(w, "arl: %s, `arl rates` shows them\n", terminal.Quantity(int64(more), "more key"))
	}
}

// sentRate says how fast records were sent, if any were.
func sentRate(sum *batch.Summary) string {
	if sum.Attempts == 0 || sum.Elapsed <= 0 {
		return ""
	}
	sent := sum.OK + sum.Failed + sum.Unknown - sum.Kept
	return " at " + terminal.PerSecond(float64(sent)/sum.Elapsed.Seconds())
}

// stamp writes an instant for people: when, and in which time zone.
func stamp(t time.Time) string { return t.Format(time.RFC3339) }

// busiest returns the n keys that were used most, sorted by name, and how many more there are. What all
// buckets pass together has no rate to tell.
func busiest(known map[string]limiter.Learned, n int) (keys []string, more int) {
	maps.DeleteFunc(known, func(key string, _ limiter.Learned) bool { return config.IsSharedKey(key) })
	keys = slices.SortedFunc(maps.Keys(known), func(a, b string) int {
		return cmp.Or(cmp.Compare(known[b].Counts.Sent, known[a].Counts.Sent), cmp.Compare(a, b))
	})
	n = min(n, len(keys))
	more = len(keys) - n
	keys = keys[:n]
	slices.Sort(keys)
	return keys, more
}
