package gauntlet

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The seeds that docs/limiter.md reports: the controller was tuned on the first, and on none of the others.
const (
	shortTunedOn    = shortSeedOfCI
	shortNotTunedOn = 2 // and the next one
)

// shortReport measures everything and writes it as Markdown.
func shortReport(t *testing.T) string {
	kinds := measureShort(t, shortKinds())
	tuned := measureShort(t, randomServers(shortTunedOn, shortCountOfCI))
	others := slices.Concat(
		measureShort(t, randomServers(shortNotTunedOn, shortCountOfCI)),
		measureShort(t, randomServers(shortNotTunedOn+1, shortCountOfCI)),
	)
	list := []group{
		{"named kinds", kinds}, {fmt.Sprintf("random, seed %d", shortTunedOn), tuned},
	}
	list = append(list, groups(fmt.Sprintf("random, seeds %d and %d", shortNotTunedOn, shortNotTunedOn+1), others)...)
	var b strings.Builder
	section(&b, "Summary", shortSummary(list))
	section(&b, "Each kind", shortTable(kinds))
	return b.String()
}
