package batch

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/sendctx"
)

// Which shard a record belongs to is the same in every version, on every host: these never change.
func TestShardVectors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line, key                   string
		of2, of3, of8, of10, of1000 int
	}{
		{`/items/1`, "11ee598512b645e63629b193afec8366", 1, 2, 7, 7, 807},
		{`"/items/1"`, "11ee598512b645e63629b193afec8366", 1, 2, 7, 7, 807},
		{`{"path":"/items/1"}`, "11ee598512b645e63629b193afec8366", 1, 2, 7, 7, 807},
		{`{"id":1,"path":"/items/1"}`, "7eef27d35362326e6b45d2707bd5bd67", 1, 3, 7, 7, 807},
		{`{"id":1,"method":"POST","path":"/other","json":{"a":1}}`, "7eef27d35362326e6b45d2707bd5bd67", 1, 3, 7, 7, 807},
		{`{"id":"1","path":"/items/1"}`, "ab913e70e589dfe32333b16589978172", 2, 2, 4, 2, 652},
		{`{"id":{"a": 1},"path":"/items/1"}`, "f7fdcca745d27cd181c62ece4649f5bf", 2, 2, 2, 4, 314},
		{`{"path":"/items/1","query":{"b":"c"},"headers":{"X-A":"b"},"body":"text"}`, "5c52d86393a8654127e066756cc5141a", 2, 2, 2, 6, 546},
		{`{"id":1,"path":"/items/1","bad":true}`, "7eef27d35362326e6b45d2707bd5bd67", 1, 3, 7, 7, 807},
		{`{"path":"/items/1","bad":true}`, "a0d5667af831b7925c628192d090de33", 1, 3, 3, 9, 579},
		{`[1]`, "afc5a36244656d11b568422c282ea88e", 2, 2, 2, 4, 274},
	} {
		var r Request
		own := identity.LineKey([]byte(tt.line))
		err := (&parser{api: "x"}).parse(&r, []byte(tt.line))
		key := identify(&r, err, own)
		if got := hex.EncodeToString(key[:]); got != tt.key {
			t.Errorf("%s has the key %s, want %s", tt.line, got, tt.key)
		}
		for of, want := range map[int]int{2: tt.of2, 3: tt.of3, 8: tt.of8, 10: tt.of10, 1000: tt.of1000} {
			if got := shardOf(key, of); got != want {
				t.Errorf("%s belongs to %d/%d, want %d", tt.line, got, of, want)
			}
		}
	}
}

// shardOf is the only one of so many shards that a key belongs to, 0 if it is not only one.
func shardOf(key identity.Key, of int) (number int) {
	for n := 1; n <= of; n++ {
		if (identity.Shard{Number: n, Of: of}).Has(key) {
			if number != 0 {
				return 0
			}
			number = n
		}
	}
	return number
}

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

// Numbered ids and paths, as people have them, are spread evenly: within five standard deviations.
func TestShardsAreBalanced(t *testing.T) {
	t.Parallel()
	const records = 100_000
	for _, format := range []string{"/items/%d", `{"id":%d,"path":"/x"}`, `{"id":"ticket-%06d","path":"/x"}`} {
		for _, of := range []int{2, 8, 10, 256} {
			counts := make([]float64, of)
			p := parser{api: "x"}
			for i := range records {
				var r Request
				if err := p.parse(&r, fmt.Appendf(nil, format, i)); err != nil {
					t.Fatal(err)
				}
				counts[shardNumber(r.Key(), of)-1]++
			}
			mean := float64(records) / float64(of)
			for n, got := range counts {
				if math.Abs(got-mean) > 5*math.Sqrt(mean) {
					t.Errorf("%s: %d/%d has %.0f of %d records", format, n+1, of, got, records)
				}
			}
		}
	}
}

// shardNumber is shardOf without its care.
func shardNumber(key identity.Key, of int) int {
	for n := 1; ; n++ {
		if (identity.Shard{Number: n, Of: of}).Has(key) {
			return n
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
