package resume

import (
	"encoding/binary"
	"math/bits"

	"github.com/arl-cli/arl/internal/batch/identity"
)

// A slot is what is known of one request, under one id if it has one. It takes 32 bytes.
type slot struct {
	key      identity.Key // nothing but zeros: free. No hash is that.
	request  uint64       // its fingerprint
	answered uint32       // results that no record has been matched with
	given    uint32       // occurrences 1 to given have a result, or get one in this run
}

// A table holds slots by their keys, which are hashes already. A map would take twice as much: this
// one grows in small steps, a part at a time, and is at least half full.
type table struct{ parts [256]part }

type part struct {
	slots []slot
	used  int
}

// find returns the slot of a key, or nil. It is valid until the next add.
func (t *table) find(key identity.Key) *slot {
	p := &t.parts[key[0]]
	if p.used == 0 {
		return nil
	}
	if s := p.place(key); s.key == key {
		return s
	}
	return nil
}

// add returns the slot of a request, a new one if its key has none. It is valid until the next add.
func (t *table) add(key identity.Key, request uint64) *slot {
	p := &t.parts[key[0]]
	if p.used >= len(p.slots)-len(p.slots)/8 {
		p.grow()
	}
	s := p.place(key)
	if s.key != key {
		p.used++
		s.key, s.request = key, request
	}
	return s
}

// place returns the slot that a key has, or the free one that it would get. There is always one free.
func (p *part) place(key identity.Key) *slot {
	size := uint64(len(p.slots))
	at, _ := bits.Mul64(binary.LittleEndian.Uint64(key[8:]), size)
	for p.slots[at].key != key && p.slots[at].key != (identity.Key{}) {
		if at++; at == size {
			at = 0
		}
	}
	return &p.slots[at]
}

func (p *part) grow() {
	old := p.slots
	p.slots = make([]slot, max(8, len(old)*3/2))
	for i := range old {
		if old[i].key != (identity.Key{}) {
			*p.place(old[i].key) = old[i]
		}
	}
}
