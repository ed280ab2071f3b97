package reallimiters

import (
	"cmp"
	"flag"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

//nolint:gochecknoglobals // flags of a test binary
var (
	only    = flag.String("only", "", "measure the limiters whose name matches this regular expression")
	explain = flag.Bool("explain", false, "print the output of arl --explain")
	program = flag.String("arl", "", "measure this program instead of building one")
	atOnce  = flag.Int("at-once", 4, "limiters that are measured at the same time")
)

// TestLimiters measures all limiters, prints a table, and fails for every bar that is missed. What missed one is
// measured once more, alone: a machine that is busy with something else does not miss the same bar twice.
func TestLimiters(t *testing.T) {
	if testing.Short() {
		t.Skip("takes five minutes")
	}
	arl := build(t)
	results, doubtful := judged(measureAll(t, arl, chosen(t), *atOnce))
	if len(doubtful) > 0 {
		t.Logf("%d limiters are measured once more, each alone", len(doubtful))
		results = append(results, measureAll(t, arl, doubtful, 1)...)
	}
	if len(results) == 0 {
		return
	}
	if testing.Verbose() {
		fmt.Printf("\n%s\n", table(results))
	}
	for _, r := range results {
		for _, miss := range r.misses() {
			t.Error(miss)
		}
	}
	if len(results) < len(limiters()) {
		return
	}
	for _, miss := range missesOfMeans(results) {
		t.Error(miss)
	}
}

// measureAll measures some of them side by side.
func measureAll(t *testing.T, arl string, list []limiter, atOnce int) []*result {
	results := make([]*result, len(list))
	places := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, l := range list {
		places <- struct{}{}
		all.Go(func() { // not t.Parallel, which is as many at once as there are cores
			defer func() { <-places }()
			t.Run(l.name, func(t *testing.T) { results[i] = measure(t, arl, l, places) })
		})
	}
	all.Wait()
	return slices.DeleteFunc(results, func(r *result) bool { return r == nil })
}

// most are how many limiters are measured once more. Where more of them miss their bars, that is no chance.
const most = 10

// judged takes out what missed a bar and is to be measured again. On a steady machine that is nothing where many did.
func judged(results []*result) (sure []*result, doubtful []limiter) {
	var missed []*result
	for _, r := range results {
		if len(r.misses()) > 0 {
			missed = append(missed, r)
		} else {
			sure = append(sure, r)
		}
	}
	if len(missed) > most && len(steady(missed)) == len(missed) {
		return results, nil
	}
	// Those first that the machine has an excuse for: it stood still longest.
	slices.SortStableFunc(missed, func(a, b *result) int { return cmp.Compare(b.stalled(), a.stalled()) })
	for i, r := range missed {
		if i < most {
			doubtful = append(doubtful, r.limiter)
		} else {
			sure = append(sure, r)
		}
	}
	return sure, doubtful
}

// chosen are the limiters that -only asks for; the one that takes longest comes first.
func chosen(t *testing.T) []limiter {
	wanted, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	list := slices.DeleteFunc(limiters(), func(l limiter) bool { return !wanted.MatchString(l.name) })
	slices.SortStableFunc(list, func(a, b limiter) int { return cmp.Compare(b.cost(), a.cost()) })
	return list
}

// build builds the program.
func build(t *testing.T) string {
	if *program != "" {
		return *program
	}
	arl := filepath.Join(t.TempDir(), "arl")
	if runtime.GOOS == "windows" {
		arl += ".exe"
	}
	c := exec.CommandContext(t.Context(), "go", "build", "-C", "..", "-o", arl, ".")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return arl
}

// measure is the two runs against one limiter. Between them another limiter may have its place.
func measure(t *testing.T, arl string, l limiter, places chan struct{}) *result {
	u := newUser(t, arl, l.start(t))
	first := u.batch(t, coldTime)
	<-places
	time.Sleep(l.pause())
	places <- struct{}{}
	second := u.batch(t, warmTime)
	if *explain {
		t.Logf("cold:\n%s\nwarm:\n%s", first.explained, second.explained)
	}
	return resultOf(l, first, second)
}
