package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// A Chain is the hash of all lines so far.
type Chain [sha256.Size]byte

// String writes it as the file has it.
func (c Chain) String() string { return hex.EncodeToString(c[:]) }

// member precedes the chain in a line.
const member = `,"chain":"`

// tail is how long what follows the hashed part of a line is, its end included.
const tail = len(member) + 2*sha256.Size + len("\"}\n")

// next is the chain after a line whose hashed part that is.
func (c Chain) next(hashed []byte) Chain {
	sum := sha256.New()
	sum.Write(c[:])
	sum.Write(hashed)
	return Chain(sum.Sum(nil))
}

// seal ends an object, whose closing brace is still missing, with the chain.
func (c *Chain) seal(line []byte) []byte {
	*c = c.next(line)
	return append(hex.AppendEncode(append(line, member...), c[:]), "\"}\n"...)
}

// errLink says that a line does not follow the one before.
var errLink = errors.New("the hash chain is broken: this line, or one just before it, was changed, removed, added or moved")

// open checks a line with its end, and returns the object without its chain.
func (c *Chain) open(line []byte) ([]byte, error) {
	if len(line) < tail+2 || !bytes.HasPrefix(line[len(line)-tail:], []byte(member)) || !bytes.HasSuffix(line, []byte("\"}\n")) {
		return nil, errors.New("not a line of a manifest")
	}
	hashed := line[: len(line)-tail : len(line)-tail]
	want := c.next(hashed)
	if string(line[len(line)-tail+len(member):len(line)-3]) != want.String() {
		return nil, errLink
	}
	*c = want
	return append(hashed, '}'), nil
}
