package identity

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// A Shard is one of several parts of an input that are run apart from each other. The zero value is all
// of it.
//
// Which part a record belongs to depends on nothing but what it is recognised by, see [KeyOf]: not
// on its place in the input, not on the other records, the host or the version of arl. So the parts are
// disjoint and together the whole, and all occurrences of a record are in the same one. A bad line that
// shows no id is recognised by itself.
type Shard struct {
	Number int // from 1
	Of     int
}

// MaxShards is how many parts an input can have.
const MaxShards = 1_000_000

// ParseShard reads a shard as in "3/8", or as in "2+1/8" where the number comes from something that counts from 0.
func ParseShard(text string) (Shard, error) {
	number, of, ok := strings.Cut(text, "/")
	index, fromZero := strings.CutSuffix(number, "+1")
	k, errK := strconv.Atoi(index)
	if fromZero {
		k++
	}
	n, errN := strconv.Atoi(of)
	switch {
	case !ok || errK != nil || errN != nil:
		return Shard{}, errors.New("a shard must be K/N, such as 3/8 for the third of eight")
	case n < 1 || n > MaxShards:
		return Shard{}, fmt.Errorf("the number of shards must be from 1 to %d", MaxShards)
	case k == 0:
		return Shard{}, fmt.Errorf("shards are numbered from 1, so the first is 1/%d; for an index from 0, such as that of a Kubernetes Job, write 0+1/%[1]d", n)
	case k < 0 || k > n:
		return Shard{}, fmt.Errorf("the number of one of %d shards must be from 1 to %d", n, n)
	}
	return Shard{k, n}, nil
}

// String writes it as ParseShard reads it; nothing for the zero value.
func (s Shard) String() string {
	if s == (Shard{}) {
		return ""
	}
	return strconv.Itoa(s.Number) + "/" + strconv.Itoa(s.Of)
}

// Whole reports whether there is no other part.
func (s Shard) Whole() bool { return s.Of <= 1 }

// Has reports whether what is recognised by a key belongs to the shard. The rule is part of what a user
// relies on and does not change: the first eight bytes of the key, as a number with the highest byte
// first, modulo the number of shards, counted from 0. So 3/8 is a part of 3/4 and of 1/2.
func (s Shard) Has(k Key) bool {
	return s.Whole() || binary.BigEndian.Uint64(k[:8])%uint64(s.Of) == uint64(s.Number-1)
}

// lineDomain begins what is hashed of a bad line; see identity.go.
const lineDomain = "arl line 1\n"

// LineKey is what a line is recognised by that shows neither an id nor a request.
func LineKey(line []byte) Key {
	h := LineHash()
	h.Write(line)
	return KeySum(h)
}

// LineHash is LineKey for a line that comes in pieces: see [KeySum].
func LineHash() hash.Hash {
	h := sha256.New()
	h.Write([]byte(lineDomain))
	return h
}

// KeySum is the key of what was written to a [LineHash].
func KeySum(h hash.Hash) Key {
	var space [sha256.Size]byte
	return Key(h.Sum(space[:0])[:16])
}
