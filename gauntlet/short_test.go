package gauntlet

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"
)

//nolint:gochecknoglobals // flags of a test binary
var (
	shortSeed  = flag.Uint64("seed", shortSeedOfCI, "TestShort: the seed of the random servers")
	shortCount = flag.Int("servers", shortCountOfCI, "TestShort: how many random servers there are")
	shortOnly  = flag.String("only", "", "TestShort: a regular expression for the names of the servers")
	shortTrace = flag.Bool("trace", false, "TestShort: print each second and what changed the rate")
	shortLive  = flag.Bool("live", false, "TestShort: the second run goes on from the live state, not from rates.yaml")
	shortPeers = flag.Bool("peers", false, "TestShort: measure the peers too")
	shortWorst = flag.Int("worst", 0, "TestShort: print so many servers on which most is lost")
	shortLines = flag.String("lines", "", "TestShort: a file for the figures as JSON lines")
)

// TestShort measures the first half minute and the second run, and prints the tables. With the flags as they are
// by default it fails for every bar that is missed; with -update it measures more and writes docs/limiter.md.
func TestShort(t *testing.T) {
	if *update {
		if err := insert(docs, "short", shortReport(t)); err != nil {
			t.Error(err)
		}
		savePlots(t, drawShort(t))
		return
	}
	only, err := regexp.Compile(*shortOnly)
	if err != nil {
		t.Fatal(err)
	}
	other := func(s shortServer) bool { return !only.MatchString(s.Name) }
	kinds := measureShort(t, slices.DeleteFunc(shortKinds(), other))
	randoms := measureShort(t, slices.DeleteFunc(randomServers(*shortSeed, *shortCount), other))
	if testing.Verbose() || *shortOnly != "" {
		fmt.Println(shortTable(slices.Concat(kinds, randoms)))
	}
	if *shortWorst > 0 {
		fmt.Println(shortTable(worst(slices.Concat(kinds, randoms), *shortWorst)))
	}
	list := slices.Concat(groups("kinds", kinds)[:1], groups("random", randoms))
	fmt.Println(shortSummary(list))
	if *shortLines != "" {
		if err := writeLines(*shortLines, slices.Concat(kinds, randoms)); err != nil {
			t.Error(err)
		}
	}
	if withBars() {
		for _, miss := range missesOfShort(list) {
			t.Error(miss)
		}
	}
}

// What CI measures.
const shortSeedOfCI, shortCountOfCI = 1, 300

// withBars reports whether all is measured that the bars are for.
func withBars() bool {
	return *shortOnly == "" && *shortSeed == shortSeedOfCI && *shortCount == shortCountOfCI && !*shortLive && !*update
}

// measureShort runs servers side by side.
func measureShort(t *testing.T, list []shortServer) []*shortFigures {
	done := make([]*shortFigures, len(list))
	t.Run("servers", func(t *testing.T) {
		for i := range list {
			t.Run(short(list[i].Name), func(t *testing.T) {
				t.Parallel()
				done[i] = list[i].measure(t)
			})
		}
	})
	return slices.DeleteFunc(done, func(f *shortFigures) bool { return f == nil })
}

// measure runs one server.
func (s *shortServer) measure(t *testing.T) *shortFigures {
	var log tracer
	var watch watcher
	if *shortTrace {
		watch = &log
	}
	run := s.run(t, watch)
	run.check(t)
	f := run.figures()
	if *shortPeers || *update || withBars() {
		f.AWS, f.Best = s.aws(t), s.best()
	}
	if watch != nil {
		fmt.Printf("%s\n%safter the first run: %+v\nafter the second: %+v\n", s.Name, &log.text, run.Learned, run.Relearned)
	}
	return f
}

// worst are the n servers on which most is lost, in the last ten seconds and in the second run.
func worst(all []*shortFigures, n int) []*shortFigures {
	list := slices.Clone(all)
	slices.SortFunc(list, func(a, b *shortFigures) int { return cmp.Compare(a.Last+a.Warm, b.Last+b.Warm) })
	return list[:min(n, len(list))]
}

func writeLines(path string, done []*shortFigures) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, f := range done {
		if err := enc.Encode(f); err != nil {
			return err
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
