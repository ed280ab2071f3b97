package record

import "fmt"

// Rows say how an input is divided where not every line is a record, and make records of its rows. They belong to one
// input, and to the goroutine that reads it.
type Rows interface {
	// Continues reports whether a row goes on after a piece of it that ends a line. It is told of all pieces; first says
	// that a row begins with this one.
	Continues(piece []byte, first bool) bool
	// Trim returns a row without what surrounds it. If nothing is left it is none.
	Trim(row []byte) []byte
	// Record appends the record of a row, a JSON object, or says why there is none; then it may append an object that has
	// only the id.
	Record(dst, row []byte) ([]byte, error)
}

// maxScratch is how large a record may be whose room is used again, in bytes.
const maxScratch = 64 << 10

// compile returns the record of the row that was read last, which is left as it is, until the next call; or why there is
// none, and the row. Where lines are records it is the line.
func (s *Reader) compile(row []byte) (record []byte, bad error) {
	if s.lines.rows == nil {
		return row, nil
	}
	record, bad = s.lines.rows.Record(s.scratch[:0], row)
	if int64(len(record)) > s.cfg.MaxLine {
		bad = fmt.Errorf("the record of the row is longer than %d bytes", s.cfg.MaxLine)
	}
	if bad != nil && len(record) == 0 {
		return row, bad
	}
	if s.scratch = record; cap(record) > maxScratch {
		s.scratch = nil
	}
	return record, bad
}

// tooLong is what is wrong with a line that has not been held.
func (s *Reader) tooLong() error {
	if s.lines.n > s.lines.from {
		return fmt.Errorf("the row is longer than %d bytes, up to line %d: a closing quote may be missing", s.cfg.MaxLine, s.lines.n)
	}
	return fmt.Errorf("the line is longer than %d bytes", s.cfg.MaxLine)
}
