package gauntlet

import (
	"flag"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

//nolint:gochecknoglobals // flags of a test binary
var (
	coldOnly  = flag.Bool("cold", false, "only cold starts, without peers")
	update    = flag.Bool("update", false, "write the tables and the plots into docs/, and the yardsticks")
	again     = flag.Bool("yardsticks", false, "measure the yardsticks again")
	strangers = flag.Bool("strangers", false, "run TestStrangers")
)

// TestGauntlet prints the tables, and fails for every bar that is missed.
func TestGauntlet(t *testing.T) {
	sticks, err := openYardsticks("testdata/yardsticks.json")
	if err != nil {
		t.Fatal(err)
	}
	list := rows()
	ran := run(t, list, sticks, (*measured).misses)
	if len(ran) == 0 {
		return
	}
	text := report(ran)
	fmt.Println(text)
	if len(ran) < len(list) {
		return
	}
	for _, miss := range missesOfMeans(ran) {
		t.Error(miss)
	}
	files, err := drawn(ran)
	if err != nil {
		t.Fatal(err)
	}
	if !*coldOnly {
		keep(t, sticks, text, files)
	}
}

// TestStrangers measures servers that the law was not tuned to. Nothing is tuned to them either: where it
// is weak is printed, and fails only in the mean.
func TestStrangers(t *testing.T) {
	if !*strangers {
		t.Skip("-strangers runs it")
	}
	sticks, err := openYardsticks("testdata/strangers.json")
	if err != nil {
		t.Fatal(err)
	}
	var weak []string
	ran := run(t, others(), sticks, func(*measured) []string { return nil })
	for _, m := range ran {
		weak = append(weak, m.weak()...)
	}
	fmt.Println(report(ran))
	for _, w := range weak {
		fmt.Println("weak:", w)
	}
	if len(ran) < len(others()) {
		return
	}
	if got := meanOf(ran, cold).Efficiency; got < leastEfficiency {
		t.Errorf("mean efficiency %.1f %%, want %.0f", 100*got, 100*leastEfficiency)
	}
	if err := sticks.save(); err != nil {
		t.Error(err)
	}
}

// run measures the rows that -run asks for.
func run(t *testing.T, list []row, sticks *yardsticks, misses func(*measured) []string) []*measured {
	done := make([]*measured, len(list))
	t.Run("rows", func(t *testing.T) {
		for i, r := range list {
			t.Run(short(r.Name), func(t *testing.T) {
				t.Parallel()
				done[i] = measure(t, &r, sticks.of(t, &r, *again))
				for _, miss := range misses(done[i]) {
					t.Error(miss)
				}
			})
		}
	})
	return slices.DeleteFunc(done, func(m *measured) bool { return m == nil })
}

// keep writes what was measured to where it is kept. Tables and plots are not compared with what is there:
// of some hundred callers who wake at the same instant any may be the first, and a throttle more or less follows.
func keep(t *testing.T, sticks *yardsticks, text string, files map[string]string) {
	if *update {
		if err := sticks.save(); err != nil {
			t.Error(err)
		}
		if err := insert(docs, "gauntlet", text); err != nil {
			t.Error(err)
		}
		savePlots(t, files)
		return
	}
	if runtime.GOARCH != "amd64" {
		return // others round products differently
	}
	if !sticks.fresh() {
		t.Error("testdata/yardsticks.json is out of date: make gauntlet-docs writes it")
	}
}

// short turns a name into one for -run.
func short(name string) string {
	return strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "_"), "_")
}
