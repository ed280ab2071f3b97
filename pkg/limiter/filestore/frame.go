package filestore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/arl-cli/arl/pkg/limiter"
)

// A frame is what one file holds: a key's state, and what makes its instants meaningful.
//
//	"arl live"  schema uint32  length uint32  crc32 uint32 of the rest
//	boot, key: each a uint16 length and bytes; then, wall int64; the state
type frame struct {
	boot  string
	key   string
	then  int64 // the store's clock when it was written, ns
	wall  int64 // the same moment on the calendar, Unix ns
	state limiter.State
}

const (
	magic      = "arl live"
	headerSize = len(magic) + 12
	// maxFrame is more than any frame needs: four windows of 51 words, the scalars, the names.
	maxFrame = 8 << 10
)

var errDamaged = errors.New("damaged")

func (f *frame) append(b []byte) []byte {
	b = append(b, magic...)
	b = append(b, make([]byte, headerSize-len(magic))...)
	for _, s := range []string{f.boot, f.key} {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(s)))
		b = append(b, s...)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(f.then))
	b = binary.LittleEndian.AppendUint64(b, uint64(f.wall))
	b, _ = f.state.AppendBinary(b) // never fails
	payload := b[headerSize:]
	binary.LittleEndian.PutUint32(b[len(magic):], limiter.SchemaVersion)
	binary.LittleEndian.PutUint32(b[len(magic)+4:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(b[len(magic)+8:], crc32.ChecksumIEEE(payload))
	return b
}

// parse reads a frame; errDamaged means that the file is not one, or of another version.
func (f *frame) parse(b []byte) error {
	if len(b) < headerSize || !bytes.HasPrefix(b, []byte(magic)) {
		return errDamaged
	}
	header, payload := b[len(magic):headerSize], b[headerSize:]
	if v := binary.LittleEndian.Uint32(header); v != limiter.SchemaVersion {
		return fmt.Errorf("schema version %d: %w", v, errDamaged)
	}
	n := binary.LittleEndian.Uint32(header[4:])
	if int64(n) > int64(len(payload)) {
		return errDamaged
	}
	payload = payload[:n]
	if crc32.ChecksumIEEE(payload) != binary.LittleEndian.Uint32(header[8:]) {
		return errDamaged
	}
	return f.parsePayload(payload)
}

func (f *frame) parsePayload(b []byte) error {
	for _, s := range []*string{&f.boot, &f.key} {
		if len(b) < 2 {
			return errDamaged
		}
		n := int(binary.LittleEndian.Uint16(b))
		if len(b) < 2+n {
			return errDamaged
		}
		if got := b[2 : 2+n]; *s != string(got) {
			*s = string(got)
		}
		b = b[2+n:]
	}
	if len(b) < 16 {
		return errDamaged
	}
	f.then = int64(binary.LittleEndian.Uint64(b))
	f.wall = int64(binary.LittleEndian.Uint64(b[8:]))
	if err := f.state.UnmarshalBinary(b[16:]); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}
