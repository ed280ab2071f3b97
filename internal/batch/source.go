package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// A source reads the records of all inputs, one by one.
type source struct {
	cfg    Config
	budget *budget
	parser parser
	got    atomic.Int64 // bytes of the records that were read

	input int // the one being read
	lines *lines
	begun bool // its first record has been read
	whole whole
	ctx   context.Context // of the call of next that is under way
	hold  *lease          // of the record that is being read
	grow  func(n int64) error
}

func newSource(c Config, b *budget) *source {
	s := &source{cfg: c, budget: b, parser: parser{api: c.API, shard: c.Shard, all: c.All}}
	s.grow = func(n int64) error { return s.budget.record(s.ctx, s.hold, n, false) }
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
	s.begun = false
	s.parser.files = bodyFiles{folder: in.Folder, max: s.cfg.MaxMemory/8*3 - allowance}
}

func (s *source) read() (*entry, error) {
	e := &entry{}
	e.hold.budget = s.budget
	s.hold = &e.hold
	before := s.lines.got
	if s.lines.n == 0 {
		if what := s.lines.foreign(); what != "" {
			return nil, fmt.Errorf("%s is %s", s.cfg.Inputs[s.input].Name, what)
		}
	}
	line, owned, err := s.lines.next(s.grow)
	s.got.Add(s.lines.got - before)
	if err == nil {
		err = s.admit(line, owned)
	} else if errors.Is(err, errLongLine) {
		err = s.admit(nil, true)
		s.refuse(e, fmt.Sprintf("the line is longer than %d bytes", s.cfg.MaxLine))
	}
	if err != nil {
		return nil, s.wrap(err)
	}
	s.fill(e, line, owned)
	return e, nil
}

// admit charges a record, and takes its place in the look-ahead.
func (s *source) admit(line []byte, owned bool) error {
	n := int64(len(line)) + allowance
	if owned {
		n = allowance
		if line == nil {
			n -= s.hold.record // a line that was too long has been given up
		}
	}
	if s.cfg.FailedOut != nil {
		n += int64(len(line)) + 1
	}
	return s.budget.record(s.ctx, s.hold, n, true)
}

// fill makes a request of a line.
func (s *source) fill(e *entry, line []byte, owned bool) {
	e.req.Input = s.cfg.Inputs[s.input].Name
	e.req.Line = s.lines.n
	e.req.hold = &e.hold
	if !s.begun {
		s.begun = true
		s.whole = begin(line)
	}
	if line == nil {
		e.elsewhere = s.lines.digests && !s.cfg.Shard.Has(keySum(s.lines.digest))
		return
	}
	if s.cfg.FailedOut != nil {
		e.raw = append(make([]byte, 0, len(line)+1), line...) // and its end
	}
	if !owned && line[0] == '{' {
		line = bytes.Clone(line)
	}
	odd := s.whole.judge(line) // which has no influence on whose it is
	var err error
	if s.cfg.Shard.Whole() {
		err = s.parser.parse(&e.req, line)
	} else {
		own := lineKey(line) // before it is changed
		err = s.parser.parse(&e.req, line)
		e.elsewhere = !s.cfg.Shard.Has(identify(&e.req, err, own))
	}
	if odd != nil {
		err = odd
	}
	if err != nil {
		s.refuse(e, err.Error())
	}
}

// identify returns what a line is recognised by, whether or not a request could be made of it.
func identify(r *Request, err error, line Key) Key {
	if err != nil && r.ID == nil {
		return line
	}
	return r.Key()
}

// refuse makes a failed record of one that cannot be sent. With several inputs the number of the
// line alone would not lead to it.
func (s *source) refuse(e *entry, why string) {
	if len(s.cfg.Inputs) > 1 {
		why = fmt.Sprintf("%s:%d: %s", s.cfg.Inputs[s.input].Name, s.lines.n, why)
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
