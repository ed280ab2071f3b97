package resume

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/arl-cli/arl/internal/batch/identity"
)

// A Past is what an output of an earlier run holds, and which parts of it are to be kept.
type Past struct {
	Known   *Known
	Keep    []Span             // in order; results that are done, and blank lines
	End     int64              // where the last whole line ends, in bytes
	Torn    int64              // bytes behind End
	Unended bool               // the last line is whole but for its end
	Failed  map[Place]struct{} // results to be sent again; only if asked for
	Jobs    []Result           // results whose jobs are to be asked for again, instead

	OK, Unknown int64 // results kept
	Again       int64 // results whose records are sent again
	Damaged     int64 // lines that a crash of the machine has left full of zeros
}

// A Span is a part of a file, in bytes.
type Span struct{ From, To int64 }

// A PastConfig says how an output is read.
type PastConfig struct {
	ResendUnknown bool           // unknown records are sent again
	NoteFailed    bool           // fill in Past.Failed
	Shard         identity.Shard // every result must be of it; the zero value asks for nothing
}

// NotResultError says that a line of what should be an output is no result: to change that file would
// be to damage something.
type NotResultError struct{ Line int64 }

// Error implements error.
func (e *NotResultError) Error() string { return fmt.Sprintf("line %d is not a result of arl", e.Line) }

// ReadPast reads an output. It changes nothing, and fails with a [NotResultError], an [OtherShardError], or
// as the reader does.
func ReadPast(r io.Reader, c PastConfig) (*Past, error) {
	p := &Past{Known: NewKnown(), Failed: map[Place]struct{}{}}
	in := bufio.NewReaderSize(r, 256<<10)
	var long []byte
	for n := int64(1); ; n++ {
		line, err := wholeLine(in, &long)
		if errors.Is(err, io.EOF) {
			return p, p.last(line, n, c)
		}
		if err != nil {
			return nil, fmt.Errorf("read line %d: %w", n, err)
		}
		if err := p.add(line, n, c); err != nil {
			return nil, err
		}
	}
}

// wholeLine returns a line with its end, which is valid until the next call; the last one, or none,
// with io.EOF. It keeps long ones in long.
func wholeLine(in *bufio.Reader, long *[]byte) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	*long = (*long)[:0]
	for errors.Is(err, bufio.ErrBufferFull) {
		*long = append(*long, line...)
		line, err = in.ReadSlice('\n')
	}
	*long = append(*long, line...)
	return *long, err
}

// add takes a whole line.
func (p *Past) add(line []byte, n int64, c PastConfig) error {
	size := int64(len(line))
	text := bytes.TrimSpace(line)
	keep := true
	if bytes.IndexByte(text, 0) >= 0 {
		p.Damaged++
		keep = false
	} else if len(text) > 0 {
		r, ok := ParseResult(text)
		if !ok {
			return &NotResultError{n}
		}
		if !c.Shard.Whole() && (r.ID != nil || r.hashed) && !c.Shard.Has(identity.KeyOf(r.ID, &r.SHA256)) {
			return &OtherShardError{Line: n, Shard: c.Shard}
		}
		keep = p.judge(&r, c)
	}
	if keep {
		p.keep(size)
	}
	p.End += size
	return nil
}

// judge counts a result, and reports whether it stays.
func (p *Past) judge(r *Result, c PastConfig) bool {
	if r.Job != nil && r.Kind == KindUnknown && !c.ResendUnknown {
		p.Again++
		p.Jobs = append(p.Jobs, Result{ID: bytes.Clone(r.ID), SHA256: r.SHA256, Occurrence: r.Occurrence, Reused: r.Reused, Job: r.Job})
		return false
	}
	if !r.Done() || !r.OK && c.ResendUnknown {
		p.Again++
		if c.NoteFailed && r.hashed {
			p.Failed[r.Place()] = struct{}{}
		}
		return false
	}
	p.Known.Add(r)
	if r.OK {
		p.OK++
	} else {
		p.Unknown++
	}
	return true
}

func (p *Past) keep(n int64) {
	if last := len(p.Keep) - 1; last >= 0 && p.Keep[last].To == p.End {
		p.Keep[last].To += n
		return
	}
	p.Keep = append(p.Keep, Span{p.End, p.End + n})
}

// last takes what stands behind the last end of a line: nothing, a result that lacks only its end, or
// the beginning of one. Anything else was not written by arl.
func (p *Past) last(line []byte, n int64, c PastConfig) error {
	if _, ok := ParseResult(line); ok && json.Valid(line) {
		p.Unended = true
		return p.add(line, n, c)
	}
	if !mayBeginResult(bytes.Trim(line, "\x00")) {
		return &NotResultError{n}
	}
	p.Torn = int64(len(line))
	return nil
}

func mayBeginResult(text []byte) bool {
	for _, own := range [...]string{ownWithID, ownWithout} {
		if n := min(len(text), len(own)); string(text[:n]) == own[:n] {
			return true
		}
	}
	return false
}

// OtherShardError says that a line of an output is the result of a record that does not belong to the shard.
type OtherShardError struct {
	Line  int64
	Shard identity.Shard
}

// Error implements error.
func (e *OtherShardError) Error() string {
	return fmt.Sprintf("line %d is the result of a record that is not of shard %s", e.Line, e.Shard)
}
