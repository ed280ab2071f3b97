package record

import (
	"crypto/sha256"
	"hash"
	"slices"
	"strconv"
	"strings"
)

// hashVersion begins what is hashed. Another encoding would need another name, and would make every
// output written before useless for a resume: it does not change.
const hashVersion = "arl request 1"

// A hasher hashes requests; it is not safe for concurrent use.
//
// What is hashed is a sequence of netstrings (the length in decimal, a colon, the bytes, a comma), so
// that no two requests give the same sequence:
//
//	hashVersion, api, method, path as written,
//	how many values the query has, and for each its name and itself, sorted by name,
//	how many values the headers have, and for each its name in lower case and itself, sorted by name,
//	the body,
//	and if all pages of a list are asked for: "all pages".
//
// Values of one name keep their order. No body and an empty one are the same, as they are on the
// wire. A "json" body is hashed as it was written, and so is the Content-Type that comes with it.
type hasher struct {
	sum   hash.Hash
	text  []byte   // scratch
	names []string // scratch
}

// smallBody is how much of a body is copied rather than hashed where it is: for little that takes
// half the time.
const smallBody = 1 << 10

// request returns the hash of r.
func (h *hasher) request(r *Request) [sha256.Size]byte {
	if h.sum == nil {
		h.sum = sha256.New()
	}
	h.text = h.text[:0]
	h.add(hashVersion)
	h.add(r.API)
	h.add(r.Method)
	h.add(r.Path)
	h.pairs(r.Query, func(name string) string { return name })
	h.pairs(r.Header, strings.ToLower)
	h.text = append(strconv.AppendInt(h.text, int64(len(r.Body)), 10), ':')
	if len(r.Body) <= smallBody {
		h.text = append(append(h.text, r.Body...), ',')
		h.pages(r)
		return sha256.Sum256(h.text)
	}
	h.sum.Reset()
	h.sum.Write(h.text)
	h.sum.Write(r.Body)
	h.text = append(h.text[:0], ',')
	h.pages(r)
	h.sum.Write(h.text)
	return [sha256.Size]byte(h.sum.Sum(h.text[:0]))
}

// pairs adds a query or headers, their names as spell spells them.
func (h *hasher) pairs(pairs map[string][]string, spell func(string) string) {
	count := 0
	h.names = h.names[:0]
	for name, values := range pairs {
		count += len(values)
		h.names = append(h.names, name)
	}
	slices.SortFunc(h.names, func(a, b string) int { return strings.Compare(spell(a), spell(b)) })
	h.add(strconv.Itoa(count))
	for _, name := range h.names {
		spelled := spell(name)
		for _, value := range pairs[name] {
			h.add(spelled)
			h.add(value)
		}
	}
}

func (h *hasher) pages(r *Request) {
	if r.All {
		h.add("all pages")
	}
}

// add adds one netstring.
func (h *hasher) add(s string) {
	h.text = append(strconv.AppendInt(h.text, int64(len(s)), 10), ':')
	h.text = append(append(h.text, s...), ',')
}
