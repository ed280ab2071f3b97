package record

import (
	"encoding/hex"
	"fmt"
	"math"
	"testing"

	"github.com/arl-cli/arl/internal/batch/identity"
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
