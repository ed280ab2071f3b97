package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/sendctx"
)

// someRecords are records of every sort, with repetitions, good and bad.
func someRecords() *rapid.Generator[[]string] {
	line := rapid.OneOf(
		rapid.Map(rapid.IntRange(0, 30), func(n int) string { return fmt.Sprintf("/items/%d", n) }),
		rapid.Map(rapid.IntRange(0, 30), func(n int) string { return fmt.Sprintf(`{"id":%d,"path":"/a"}`, n) }),
		rapid.Map(rapid.IntRange(0, 30), func(n int) string { return fmt.Sprintf(`{"id":%d,"path":"/b","body":"x\ty"}`, n) }),
		rapid.Map(rapid.IntRange(0, 30), func(n int) string { return fmt.Sprintf(`{"id":%d,"nonsense":1}`, n) }),
		rapid.Map(rapid.IntRange(0, 30), func(n int) string { return fmt.Sprintf(`{"path":"/c","body_file":"no-%d"}`, n) }),
		rapid.Map(rapid.IntRange(0, 30), func(n int) string { return fmt.Sprintf(`["bad %d`, n) }),
		rapid.Map(rapid.IntRange(0, 30), func(n int) string { return fmt.Sprintf("/%d/", n) + strings.Repeat("long", 50) }),
		rapid.Map(rapid.IntRange(0, 5), func(n int) string { return fmt.Sprintf("/%d/", n) + strings.Repeat("long", 40_000) }),
	)
	return rapid.SliceOfN(line, 0, 60)
}

// runShard returns the lines of the input that a shard has results for, and its summary.
func runShard(t interface{ Fatal(...any) }, lines []string, s identity.Shard) (met []int, sum Summary) {
	var out strings.Builder
	sum, err := New(Config{
		Inputs: inputs(strings.Join(lines, "\n")), Output: &out, API: "x", Shard: s, Known: resume.NewKnown(), MaxLine: 100,
		Sender: senderFunc(func(context.Context, *Request) Answer {
			return Answer{Status: 200, Report: sendctx.Report{Attempts: 1}}
		}),
	}).Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		var r struct{ Line int }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		met = append(met, r.Line)
	}
	slices.Sort(met)
	return met, sum
}

// All shards together are the input, each record is in one of them, all of one identity are in the same,
// and the ledgers add up: with bad lines, with lines that are too long, in whatever order.
func TestShardsArePartition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := someRecords().Draw(t, "lines")
		of := rapid.IntRange(1, 9).Draw(t, "of")
		_, whole := runShard(t, lines, identity.Shard{})
		var all []int
		var sum Summary
		home := map[string]int{}
		for n := 1; n <= of; n++ {
			met, s := runShard(t, lines, identity.Shard{Number: n, Of: of})
			if s.Seen != whole.Read || s.Read+s.Elsewhere != s.Seen || !s.Complete {
				t.Fatalf("shard %d/%d: %+v", n, of, s)
			}
			for _, line := range met {
				if had, ok := home[lines[line-1]]; ok && had != n {
					t.Fatalf("%.40s is in %d/%d and in %d/%d", lines[line-1], had, of, n, of)
				}
				home[lines[line-1]] = n
			}
			all = append(all, met...)
			sum.Read += s.Read
			sum.OK += s.OK
			sum.Failed += s.Failed
		}
		slices.Sort(all)
		want := make([]int, len(lines))
		for i := range want {
			want[i] = i + 1
		}
		if diff := cmp.Diff(want, append([]int{}, all...)); diff != "" {
			t.Fatalf("lines met: %s", diff)
		}
		if sum.Read != whole.Read || sum.OK != whole.OK || sum.Failed != whole.Failed {
			t.Fatalf("together %+v, want %+v", sum, whole)
		}
		reordered := rapid.Permutation(lines).Draw(t, "reordered")
		met, _ := runShard(t, reordered, identity.Shard{Number: 1, Of: of})
		for _, line := range met {
			if home[reordered[line-1]] != 1 {
				t.Fatalf("%.40s is in another shard when the input is in another order", reordered[line-1])
			}
		}
	})
}

// Records of one id, good or bad, are in one shard, whatever they ask for.
func TestShardKeepsAnIDTogether(t *testing.T) {
	t.Parallel()
	lines := []string{`{"id":7,"path":"/a"}`, `{"id":7,"path":"/b","method":"POST"}`, `{"id":7}`, `{"id":7,"path":"/c","body_file":"none"}`, `{"id":7,oops`}
	for n := 1; n <= 5; n++ {
		if met, _ := runShard(t, lines, identity.Shard{Number: n, Of: 5}); len(met) != 0 && len(met) != len(lines) {
			t.Errorf("%d/5 has the lines %v", n, met)
		}
	}
}

// A plan counts what a run would.
func TestPlanOfShard(t *testing.T) {
	t.Parallel()
	lines := strings.Repeat("/same\n", 3)
	for i := range 97 {
		lines += fmt.Sprintf("/items/%d\n", i)
	}
	var read int64
	for n := 1; n <= 4; n++ {
		c := Config{Inputs: inputs(lines), Output: io.Discard, API: "x", Shard: identity.Shard{Number: n, Of: 4}}
		s, err := Plan(t.Context(), c, func(*Request) error { return nil })
		if err != nil || s.Read+s.Elsewhere != 100 || s.NotSent != s.Read {
			t.Errorf("%d/4: %+v, %v", n, s, err)
		}
		read += s.Read
	}
	if read != 100 {
		t.Errorf("%d records in all", read)
	}
}

// An output is resumed only by a shard that all its results belong to.
func TestReadPastOfShard(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 64 {
		lines = append(lines, fmt.Sprintf("/items/%d", i), fmt.Sprintf(`{"id":%d,"path":"/failed"}`, i))
	}
	var out strings.Builder
	_, err := New(Config{
		Inputs: inputs(strings.Join(lines, "\n")), Output: &out, API: "x", Shard: identity.Shard{Number: 3, Of: 8},
		Sender: senderFunc(func(_ context.Context, r *Request) Answer {
			if r.Path == "/failed" {
				return Answer{Status: 500, Report: sendctx.Report{Attempts: 1}}
			}
			return Answer{Status: 200, Report: sendctx.Report{Attempts: 1}}
		}),
	}).Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		shard identity.Shard
		fits  bool
	}{{identity.Shard{Number: 3, Of: 8}, true}, {identity.Shard{Number: 3, Of: 4}, true}, {identity.Shard{Number: 1, Of: 2}, true}, {identity.Shard{}, true}, {identity.Shard{Number: 4, Of: 8}, false}, {identity.Shard{Number: 3, Of: 7}, false}, {identity.Shard{Number: 3, Of: 16}, false}} {
		_, err := resume.ReadPast(strings.NewReader(out.String()), resume.PastConfig{Shard: tt.shard})
		if other := new(resume.OtherShardError); errors.As(err, &other) == tt.fits || !tt.fits == (err == nil) {
			t.Errorf("%v: %v", tt.shard, err)
		}
	}
}
