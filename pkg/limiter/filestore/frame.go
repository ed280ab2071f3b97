package filestore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/arl-cli/arl/internal/pacing"
)

// A frame is what one file holds: a key's state, and what makes its instants meaningful.
//
//	"arl live"  schema uint32  length uint32  crc32 uint32 of the rest
//	boot, key: each a uint16 length and bytes; then, wall int64
//	sharers: a uint16 count and for each id uint64, seen int64; the state
type frame struct {
	boot    string
	key     string
	then    int64 // the store's clock when it was written, ns
	wall    int64 // the same moment on the calendar, Unix ns
	sharers []sharer
	state   pacing.State
}

const (
	magic      = "arl live"
	headerSize = len(magic) + 12
	// layout is the version of what a frame has around the state; schema that of all of it.
	layout = 2
	schema = pacing.SchemaVersion<<8 | layout
	// maxFrame is more than any frame needs: four windows of 51 words, the scalars, the sharers, the names.
	maxFrame = 8 << 10
	// longestKey is the longest key that a frame has room for.
	longestKey = 2 << 10
)

var (
	errDamaged = errors.New("damaged")
	// errOlder is a frame that was written before one that was here already: somebody put a copy in its place.
	errOlder = errors.New("older than it was")
)

func (f *frame) append(b []byte) []byte {
	b = append(b, magic...)
	b = append(b, make([]byte, headerSize-len(magic))...)
	for _, s := range []string{f.boot, f.key} {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(s)))
		b = append(b, s...)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(f.then))
	b = binary.LittleEndian.AppendUint64(b, uint64(f.wall))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(f.sharers)))
	for _, u := range f.sharers {
		b = binary.LittleEndian.AppendUint64(b, u.id)
		b = binary.LittleEndian.AppendUint64(b, uint64(u.seen))
	}
	b, _ = f.state.AppendBinary(b) // never fails
	payload := b[headerSize:]
	binary.LittleEndian.PutUint32(b[len(magic):], schema)
	binary.LittleEndian.PutUint32(b[len(magic)+4:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(b[len(magic)+8:], crc32.ChecksumIEEE(payload))
	return b
}

// parse reads a frame; errDamaged means that the file is not one, or of another version. One that is older
// than since, of the same boot, is left alone, and f stays what it was.
func (f *frame) parse(b []byte, since int64) error {
	payload, err := unwrap(b)
	if err != nil {
		return err
	}
	boot, rest, ok := text(payload)
	if !ok {
		return errDamaged
	}
	key, rest, ok := text(rest)
	if !ok || len(rest) < 18 {
		return errDamaged
	}
	then, wall := int64(binary.LittleEndian.Uint64(rest)), int64(binary.LittleEndian.Uint64(rest[8:]))
	if then < since && string(boot) == f.boot {
		return errOlder
	}
	n := int(binary.LittleEndian.Uint16(rest[16:]))
	if n > mostSharers || len(rest) < 18+16*n {
		return errDamaged
	}
	f.then, f.wall = then, wall
	assign(&f.boot, boot)
	assign(&f.key, key)
	f.readUsers(rest[18:18+16*n], n)
	if err := f.state.UnmarshalBinary(rest[18+16*n:]); err != nil {
		f.key = "" // the state is nobody's now
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}

// unwrap returns what the header of a frame is about.
func unwrap(b []byte) ([]byte, error) {
	if len(b) < headerSize || !bytes.HasPrefix(b, []byte(magic)) {
		return nil, errDamaged
	}
	header, payload := b[len(magic):headerSize], b[headerSize:]
	if v := binary.LittleEndian.Uint32(header); v != schema {
		return nil, fmt.Errorf("schema version %#x: %w", v, errDamaged)
	}
	n := binary.LittleEndian.Uint32(header[4:])
	if int64(n) > int64(len(payload)) {
		return nil, errDamaged
	}
	payload = payload[:n]
	if crc32.ChecksumIEEE(payload) != binary.LittleEndian.Uint32(header[8:]) {
		return nil, errDamaged
	}
	return payload, nil
}

// text takes a text off the front of b.
func text(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := 2 + int(binary.LittleEndian.Uint16(b))
	if len(b) < n {
		return nil, nil, false
	}
	return b[2:n], b[n:], true
}

// assign makes no new string of what is there already.
func assign(s *string, b []byte) {
	if *s != string(b) {
		*s = string(b)
	}
}

func (f *frame) readUsers(b []byte, n int) {
	f.sharers = f.sharers[:0]
	for i := range n {
		at := b[16*i:]
		f.sharers = append(f.sharers, sharer{id: binary.LittleEndian.Uint64(at), seen: int64(binary.LittleEndian.Uint64(at[8:]))})
	}
}
