package resume

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/batch/identity"
)

// A table is a map, also where keys crowd.
func TestTableIsAMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var table table
		want := map[identity.Key]uint32{}
		for i, n := range rapid.SliceOf(rapid.Uint16()).Draw(t, "keys") {
			key := identity.Key{byte(n % 2), 1}
			binary.LittleEndian.PutUint64(key[8:], uint64(n)<<60|uint64(n))
			if found := table.find(key); (found != nil) != (want[key] > 0) || found != nil && found.given != want[key] {
				t.Fatalf("step %d: %+v, want %d", i, found, want[key])
			}
			table.add(key, uint64(n)).given++
			want[key]++
		}
		for key, n := range want {
			if s := table.find(key); s == nil || s.given != n || s.key != key || byte(s.request%2) != key[0] {
				t.Errorf("%x: %+v, want %d", key, s, n)
			}
		}
	})
}
