package batch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/batch/memory"
)

// A source reads the records of all inputs, one by one.
type source struct {
	cfg    Config
	budget *memory.Budget
	parser parser
	got    atomic.Int64 // bytes of the records that were read

	input  int // the one being read
	lines  *lines
	begun  bool // its first record has been read
	whole  whole
	ctx    context.Context // of the call of next that is under way
	record []byte          // scratch
	hold   *memory.Lease   // of the record that is being read
	grow   func(n int64) error
}

func newSource(c Config, b *memory.Budget) *source {
	s := &source{cfg: c, budget: b, parser: parser{api: c.API, shard: c.Shard, all: c.All, find: c.Find}}
	s.grow = func(n int64) error { return s.budget.Record(s.ctx, s.hold, n, false) }
	s.parser.grow = s.grow
	return s
}

// next returns the next record, or io.EOF after the last one. A line that is not a record is one
// that has failed. It waits while the budget says so.
func (s *source) next(ctx context.Context) (*entry, error) {
	s.ctx = ctx
	for ; s.input < len(s.cfg.Inputs); s.input++ {
		if s.lines == nil {
			s.open()
		}
		e, err := s.read()
		if !errors.Is(err, io.EOF) {
			return e, err
		}
		s.lines = nil
		s.parser.files.close()
	}
	return nil, io.EOF
}

func (s *source) open() {
	in := s.cfg.Inputs[s.input]
	s.lines = newLines(in.Reader, s.cfg.MaxLine)
	s.lines.digests = !s.cfg.Shard.Whole()
	if in.Rows != nil {
		s.lines.divide(in.Rows, in.Lines, in.Bytes)
		s.got.Add(in.Bytes)
	}
	s.begun = false
	s.parser.files = bodyFiles{dir: in.Dir, max: s.cfg.MaxMemory/8*3 - memory.Allowance}
}

func (s *source) read() (*entry, error) {
	e := &entry{input: s.input}
	s.budget.Begin(&e.hold)
	s.hold = &e.hold
	before := s.lines.got
	if before == 0 {
		if what := s.lines.foreign(); what != "" {
			return nil, &ForeignInputError{s.cfg.Inputs[s.input].Name, what}
		}
	}
	line, owned, err := s.lines.next(s.grow)
	s.got.Add(s.lines.got - before)
	record, bad := line, error(nil)
	if err == nil {
		record, bad = s.compile(line)
		owned = owned && s.lines.rows == nil
		err = s.admit(line, record, owned)
	} else if errors.Is(err, errLongLine) {
		err = s.admit(nil, nil, true)
		bad = s.tooLong()
	}
	if err != nil {
		return nil, s.wrap(err)
	}
	s.fill(e, line, record, owned, bad)
	return e, nil
}

// admit charges a record, and takes its place in the look-ahead. The line it is made of is given up, if it is another.
func (s *source) admit(line, record []byte, owned bool) error {
	n := int64(len(record)) + memory.Allowance
	if owned {
		n = memory.Allowance
	}
	if line == nil || s.lines.rows != nil {
		n -= s.hold.Record()
	}
	if s.cfg.FailedOut != nil {
		n += int64(len(line)) + 1
	}
	return s.budget.Record(s.ctx, s.hold, n, true)
}

// fill makes a request of a record, unless it is a bad one. The line is what was read of it.
func (s *source) fill(e *entry, line, record []byte, owned bool, bad error) {
	e.req.Input = s.cfg.Inputs[s.input].Name
	e.req.Line = s.lines.from
	e.req.hold = &e.hold
	if !s.begun {
		s.begun = true
		s.whole = whole{}
		if s.lines.rows == nil {
			s.whole = begin(line)
		}
	}
	if line == nil {
		e.elsewhere = s.lines.digests && !s.cfg.Shard.Has(identity.KeySum(s.lines.digest))
	} else {
		bad = s.parse(e, line, record, owned, bad)
	}
	if bad != nil {
		s.reject(e, bad.Error())
	}
}

// parse reads a record, finds out whose it is, and returns what is wrong with it.
func (s *source) parse(e *entry, line, record []byte, owned bool, bad error) error {
	if s.cfg.FailedOut != nil {
		e.raw = append(make([]byte, 0, len(line)+1), line...) // and its end
	}
	if !owned && record[0] == '{' {
		record = bytes.Clone(record)
	}
	odd := s.whole.judge(line) // which has no influence on whose it is
	var own identity.Key
	if !s.cfg.Shard.Whole() {
		own = identity.LineKey(line) // before it is changed
	}
	err := bad
	if bad == nil {
		err = s.parser.parse(&e.req, record)
	} else if s.lines.rows != nil {
		e.req.ID = findID(record)
	}
	if !s.cfg.Shard.Whole() {
		e.elsewhere = !s.cfg.Shard.Has(identify(&e.req, err, own))
	}
	return cmp.Or(odd, err)
}

// identify returns what a line is recognised by, whether or not a request could be made of it.
func identify(r *Request, err error, line identity.Key) identity.Key {
	if err != nil && r.ID == nil {
		return line
	}
	return r.Key()
}

// reject makes a failed record of one that cannot be sent. With several inputs the number of the
// line alone would not lead to it.
func (s *source) reject(e *entry, why string) {
	if len(s.cfg.Inputs) > 1 {
		why = fmt.Sprintf("%s:%d: %s", s.cfg.Inputs[s.input].Name, s.lines.from, why)
	}
	e.done.Outcome = Failed
	e.done.Err = &Error{Kind: KindInput, Message: why}
}

func (s *source) wrap(err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("read %s after line %d: %w", s.cfg.Inputs[s.input].Name, s.lines.n, err)
}
