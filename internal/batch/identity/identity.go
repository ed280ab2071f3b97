// Package identity computes the identity of a record, by which another run recognises it, and from that its shard. It
// depends only on the id of the record, or on its request.
package identity

import (
	"crypto/sha256"
	"encoding/binary"
)

// A Key recognises a record, or a request under an id, in another run. Two of a billion are the same
// with a probability of 10⁻²⁰.
type Key [16]byte

// What is hashed begins with one of these, so that no id gives the key of a pair. Other words would
// make journals and outputs written before useless for a resume: they do not change.
const (
	idDomain   = "arl id 1\n"
	pairDomain = "arl id and request 1\n"
)

// KeyOf is made of a record's id, byte for byte as it was written, or where it has none of its request. Records of one key
// are told apart by their occurrence.
func KeyOf(id []byte, request *[32]byte) Key {
	if id == nil {
		return Key(request[:16])
	}
	var space [128]byte
	sum := sha256.Sum256(append(append(space[:0], idDomain...), id...))
	return Key(sum[:16])
}

// PairOf is made of a record's id, if it has one, and its request.
func PairOf(id []byte, request *[32]byte) Key {
	if id == nil {
		return Key(request[:16])
	}
	var space [128]byte
	key := KeyOf(id, request)
	sum := sha256.Sum256(append(append(append(space[:0], pairDomain...), key[:]...), request[:]...))
	return Key(sum[:16])
}

// Fingerprint is enough of a request's hash to tell the requests under one id apart.
func Fingerprint(request *[32]byte) uint64 { return binary.LittleEndian.Uint64(request[:8]) }
