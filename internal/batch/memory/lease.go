package memory

import (
	"context"
	"errors"
	"io"

	"github.com/arl-cli/arl/internal/batch/bodyfiles"
)

// Bytes that a Lease deals in.
const (
	// Allowance is what every entry is charged beyond its line.
	Allowance = 4 << 10
	// spare is how much of that a response and its result may take without asking.
	spare = 3 << 10
	// firstRead is how much of a response is read before the next piece is asked for.
	firstRead = 1 << 10
	// trusted is how much a header may make us set aside at once.
	trusted = 1 << 20
)

// A Lease is what one record holds of the budget, in bytes. Its fields change under the budget's
// lock, and are read by whoever works on the record.
type Lease struct {
	budget   *Budget
	Seq      uint64 // its place in the input, from 0
	record   int64
	answer   int64
	Outgrown error           // why the response could not be read, if it is for want of room
	Part     *bodyfiles.Part // the response, if it goes to a file
}

// Inline is how large a body is held at most, in bytes.
func (l *Lease) Inline() int64 { return l.budget.inline }

// Record is what the record takes, in bytes.
func (l *Lease) Record() int64 { return l.record }

// Need makes sure that a response has n bytes, the spare ones included.
func (l *Lease) Need(ctx context.Context, n int64) error {
	if more := n - spare - l.answer; more > 0 {
		return l.budget.answer(ctx, l, more)
	}
	return nil
}

// Body returns how many bytes the body of a response takes, whether it was read here or by the sender.
func (l *Lease) Body(body []byte) int64 {
	if l.answer == 0 {
		return int64(len(body))
	}
	return max(l.answer+spare, int64(len(body)))
}

// Keep gives back what a response has above n bytes.
func (l *Lease) Keep(n int64) {
	l.budget.giveBack(l, l.answer-max(0, n-spare))
}

// Read reads body to its end. What is read is kept in one piece, and when it moves to a larger one
// both are counted.
func (l *Lease) Read(ctx context.Context, body io.Reader, size int64) ([]byte, error) {
	return l.readUpTo(ctx, body, size, l.budget.inline)
}

// ReadWhole is read for what must not go to a file.
func (l *Lease) ReadWhole(ctx context.Context, body io.Reader, size int64) ([]byte, error) {
	return l.readUpTo(ctx, body, size, l.budget.most(l))
}

// readUpTo is read with a bound above which the body goes to a file.
func (l *Lease) readUpTo(ctx context.Context, body io.Reader, size, inline int64) ([]byte, error) {
	l.Discard()
	l.Keep(0)
	buf, err := l.fill(ctx, body, size, inline)
	l.Outgrown = nil
	if err != nil {
		if errors.Is(err, ErrNotKept) || errors.Is(err, ErrPatience) {
			l.Outgrown = err
		}
		l.Discard()
		l.Keep(0)
		return nil, err
	}
	return buf, nil
}

func (l *Lease) fill(ctx context.Context, body io.Reader, size, inline int64) ([]byte, error) {
	if most := l.budget.most(l); size > most && inline >= most {
		return nil, tooLarge(most)
	}
	if size > inline {
		return l.spill(ctx, nil, body, nil)
	}
	var buf []byte
	for {
		if len(buf) == cap(buf) {
			larger, err := l.larger(ctx, buf, size, inline)
			if err != nil {
				return nil, err
			}
			buf = larger
		}
		n, err := body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > inline {
			return l.spill(ctx, buf, body, err)
		}
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// larger returns buf in a larger piece: as large as the whole is said to be, if that is to be
// believed, else twice as large. One byte more lets the end be seen without another piece.
func (l *Lease) larger(ctx context.Context, buf []byte, size, inline int64) ([]byte, error) {
	next := max(firstRead, 2*int64(cap(buf)))
	if whole := size + 1; size >= 0 && whole > int64(len(buf)) && (whole <= trusted || whole <= next) {
		next = whole
	}
	next = min(next, inline+1, max(l.budget.most(l)-int64(cap(buf))+spare, int64(cap(buf))+1))
	if err := l.Need(ctx, int64(cap(buf))+next); err != nil {
		return nil, err
	}
	moved := append(make([]byte, 0, next), buf...)
	l.Keep(next)
	return moved, nil
}
