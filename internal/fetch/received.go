package fetch

import "bytes"

// Received is the body of a response that has been read already.
type Received struct {
	bytes.Reader
	b []byte
}

// NewReceived is a body of these bytes.
func NewReceived(b []byte) *Received {
	r := &Received{b: b}
	r.Reset(b)
	return r
}

// Take returns the body, and lets go of it: the response may be held longer than it.
func (r *Received) Take() []byte {
	b := r.b
	*r = Received{}
	return b
}

// Bytes returns the body, which is in memory.
func (r *Received) Bytes() []byte { return r.b }

// Close implements io.Closer.
func (*Received) Close() error { return nil }
