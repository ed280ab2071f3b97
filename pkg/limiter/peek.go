package limiter

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

const (
	// maxPeek is how much of a body is read to understand a response.
	maxPeek = 64 << 10
	// peekAccepted and peekThrottled are for how long, from its first byte, a body is read to understand the
	// response. One that is streamed slowly must pass; a throttle is short, and worth more.
	peekAccepted  = 250 * time.Millisecond
	peekThrottled = 5 * time.Second
	// drainTimeout is for how long the rest of a throttle is read so that its connection can be used again.
	drainTimeout = time.Second
)

// peek returns the beginning of the response's body, and puts it back.
func (a *attempt) peek() []byte {
	if b, ok := a.resp.Body.(held); ok && a.received { // it stays what it is, for measure too
		all := b.Bytes()
		return all[:min(len(all), maxPeek)]
	}
	patience := peekAccepted
	if a.resp.StatusCode >= http.StatusBadRequest {
		patience = peekThrottled
	}
	p := &peeker{ReadCloser: a.resp.Body, reads: make(chan read, 1)}
	var head []byte
	if a.received {
		head, p.err = io.ReadAll(io.LimitReader(p.ReadCloser, maxPeek)) // it is in memory already
	} else {
		head = p.head(patience)
	}
	p.read = bytes.NewReader(head)
	a.resp.Body = p
	return head
}

// A peeker is a body whose beginning was read ahead. Only one Read of the body is ever in flight: when
// time is up it is left to the reader.
type peeker struct {
	io.ReadCloser
	read    *bytes.Reader // what was read ahead
	err     error         // how the body ended
	pending bool          // a Read is in flight
	reads   chan read
}

// A read is what one Read of a body returned.
type read struct {
	b   []byte
	err error
}

// head reads until the body ends, enough is there, or time is up.
func (p *peeker) head(patience time.Duration) []byte {
	var head []byte
	var late <-chan time.Time
	for p.err == nil && len(head) < maxPeek {
		p.start(maxPeek - len(head))
		select {
		case r := <-p.reads:
			p.pending = false
			head, p.err = append(head, r.b...), r.err
		case <-late:
			return head
		}
		if late == nil {
			timer := time.NewTimer(patience)
			defer timer.Stop()
			late = timer.C
		}
	}
	return head
}

// start begins to read up to n bytes.
func (p *peeker) start(n int) {
	p.pending = true
	go func() {
		b := make([]byte, min(n, 4<<10))
		n, err := p.ReadCloser.Read(b)
		p.reads <- read{b[:n], err}
	}()
}

// Read implements io.Reader: first what was read ahead.
func (p *peeker) Read(b []byte) (int, error) {
	if p.read.Len() == 0 && p.pending {
		r := <-p.reads // ends no later than the body's own Read would
		p.pending, p.err = false, r.err
		p.read.Reset(r.b)
	}
	switch {
	case p.read.Len() > 0:
		return p.read.Read(b)
	case p.err != nil:
		return 0, p.err
	}
	return p.ReadCloser.Read(b)
}
