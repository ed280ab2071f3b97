package rows

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A table takes rows of CSV or TSV apart.
type table struct {
	format Format
	extent extent
	csv    *csv.Reader
	feed   feed
	values []string // of the last row
}

// A feed is a row as a reader.
type feed struct{ row, end []byte }

// Read implements io.Reader: never more than the row is at hand, so that nothing of the next one is read.
func (f *feed) Read(p []byte) (int, error) {
	for _, rest := range []*[]byte{&f.row, &f.end} {
		if n := copy(p, *rest); n > 0 {
			*rest = (*rest)[n:]
			return n, nil
		}
	}
	return 0, io.EOF
}

func newTable(format Format, comma byte) *table {
	return &table{format: format, extent: extent{comma: comma}}
}

// split returns the values of a row without its line end. They are valid until the next call, each string for good.
func (t *table) split(row []byte) ([]string, error) {
	if t.format == TSV {
		t.values = splitTSV(t.values[:0], string(row))
		return t.values, nil
	}
	if t.csv == nil {
		t.csv = csv.NewReader(&t.feed)
		t.csv.Comma = rune(t.extent.comma)
		t.csv.FieldsPerRecord = -1
		t.csv.ReuseRecord = true
	}
	t.feed = feed{row: row, end: []byte("\n")}
	values, err := t.csv.Read()
	if err != nil {
		t.csv = nil // it may hold the rest of the row
		return nil, csvError(row, t.extent.comma, err)
	}
	return values, nil
}

// csvError says what is wrong with a row.
func csvError(row []byte, comma byte, err error) error {
	if (&extent{comma: comma}).add(row) {
		return errors.New("the row is not CSV: a quote is not closed")
	}
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		err = parse.Err
	}
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return errors.New(`the row is not CSV: a quote in an unquoted value; quote the value, and write the quote as ""`)
	case errors.Is(err, csv.ErrQuote):
		return errors.New(`the row is not CSV: text after a closing quote; write a quote in a quoted value as ""`)
	}
	return fmt.Errorf("the row is not CSV: %w", err)
}

// splitTSV divides a line at its tabs, and reads the escapes that jq, Miller and databases write.
func splitTSV(values []string, line string) []string {
	for value := range strings.SplitSeq(line, "\t") {
		values = append(values, unescapeTSV(value))
	}
	return values
}

// unescapeTSV replaces \t, \n, \r and \\. Any other backslash is one.
func unescapeTSV(value string) string {
	at := strings.IndexByte(value, '\\')
	if at < 0 {
		return value
	}
	var b strings.Builder
	for ; at >= 0 && at+1 < len(value); at = strings.IndexByte(value, '\\') {
		b.WriteString(value[:at])
		switch value[at+1] {
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case '\\':
			b.WriteByte('\\')
		default:
			b.WriteString(value[at : at+2])
		}
		value = value[at+2:]
	}
	b.WriteString(value)
	return b.String()
}

// trimEnd returns a row without its line end.
func trimEnd(row []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(row, []byte("\n")), []byte("\r"))
}
