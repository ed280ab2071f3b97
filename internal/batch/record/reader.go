package record

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

// A Config says what a [Reader] reads. Inputs, MaxLine and MaxMemory are required.
type Config struct {
	Inputs []Input // read one after the other

	API  string                           // where records go that name none
	Find func(url string) (Target, error) // where the URL of a record goes that names no api; nil means that there are none
	All  bool                             // what records that do not say so want of lists

	Shard     identity.Shard // of records of other shards only the id is read
	MaxLine   int64          // bytes; a longer line is an error of its record
	MaxMemory int64          // bytes, of the run
	Raw       bool           // keep records as they were read
}

// An Input is something that records are read from.
type Input struct {
	Name   string // for messages: a file's name, or "stdin"
	Reader io.Reader
	Dir    string // where body_file is found; empty means that records may not name files
	Rows   Rows   // makes records of what is read; nil means that every line is one

	Head  []byte // what precedes the rows, for FailedOut: the header of a table, without the end of its line
	Lines int    // how many lines have been read before Reader,
	Bytes int64  // and how many bytes
}

// A Record is what was read of an input. The request and its lease are the caller's.
type Record struct {
	Request *Request
	Lease   *memory.Lease

	Input      int    // where it comes from, in Config.Inputs
	Raw        []byte // as it was read, if Config.Raw says so
	OtherShard bool   // it belongs to another shard
	Err        error  // why it cannot be sent
}

// A Reader reads the records of all inputs, one by one.
type Reader struct {
	cfg    Config
	budget *memory.Budget
	parser parser
	got    atomic.Int64 // bytes of the records that were read

	input   int // the one being read
	lines   *lines
	begun   bool // its first record has been read
	whole   whole
	ctx     context.Context // of the call of Next in progress
	scratch []byte
	hold    *memory.Lease // of the record that is being read
	grow    func(n int64) error
}

// NewReader returns a reader, which charges what it holds to b.
func NewReader(c Config, b *memory.Budget) *Reader {
	s := &Reader{cfg: c, budget: b, parser: parser{api: c.API, shard: c.Shard, all: c.All, find: c.Find}}
	s.grow = func(n int64) error { return s.budget.Record(s.ctx, s.hold, n, false) }
	s.parser.grow = s.grow
	return s
}

// Consumed returns how many bytes the records take in the input that were read. It may be called at any time.
func (s *Reader) Consumed() int64 { return s.got.Load() }

// Next reads the next record into e, or returns io.EOF after the last one. A line that is not a record is one
// that has an error. It waits while the budget says so.
func (s *Reader) Next(ctx context.Context, e *Record) error {
	s.ctx = ctx
	for ; s.input < len(s.cfg.Inputs); s.input++ {
		if s.lines == nil {
			s.open()
		}
		if err := s.read(e); !errors.Is(err, io.EOF) {
			return err
		}
		s.lines = nil
		s.parser.files.close()
	}
	return io.EOF
}

func (s *Reader) open() {
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

func (s *Reader) read(e *Record) error {
	e.Input = s.input
	s.budget.Begin(e.Lease)
	s.hold = e.Lease
	before := s.lines.got
	if before == 0 {
		if what := s.lines.foreign(); what != "" {
			return &ForeignInputError{s.cfg.Inputs[s.input].Name, what}
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
		return s.wrap(err)
	}
	s.fill(e, line, record, owned, bad)
	return nil
}

// admit charges a record, and takes its place in the look-ahead. The line it is made of is given up, if it is another.
func (s *Reader) admit(line, record []byte, owned bool) error {
	n := int64(len(record)) + memory.Allowance
	if owned {
		n = memory.Allowance
	}
	if line == nil || s.lines.rows != nil {
		n -= s.hold.Record()
	}
	if s.cfg.Raw {
		n += int64(len(line)) + 1
	}
	return s.budget.Record(s.ctx, s.hold, n, true)
}

// fill makes a request of a record, unless it is a bad one. The line is what was read of it.
func (s *Reader) fill(e *Record, line, record []byte, owned bool, bad error) {
	e.Request.Input = s.cfg.Inputs[s.input].Name
	e.Request.Line = s.lines.from
	if !s.begun {
		s.begun = true
		s.whole = whole{}
		if s.lines.rows == nil {
			s.whole = begin(line)
		}
	}
	if line == nil {
		e.OtherShard = s.lines.digests && !s.cfg.Shard.Has(identity.KeySum(s.lines.digest))
	} else {
		bad = s.parse(e, line, record, owned, bad)
	}
	e.Err = bad
}

// parse reads a record, finds out whose it is, and returns what is wrong with it.
func (s *Reader) parse(e *Record, line, record []byte, owned bool, bad error) error {
	if s.cfg.Raw {
		e.Raw = append(make([]byte, 0, len(line)+1), line...) // and its end
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
		err = s.parser.parse(e.Request, record)
	} else if s.lines.rows != nil {
		e.Request.ID = findID(record)
	}
	if !s.cfg.Shard.Whole() {
		e.OtherShard = !s.cfg.Shard.Has(identify(e.Request, err, own))
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

func (s *Reader) wrap(err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("read %s after line %d: %w", s.cfg.Inputs[s.input].Name, s.lines.n, err)
}
