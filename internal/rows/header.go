package rows

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxHeader bounds the header of a table, in bytes.
const maxHeader = 1 << 20

// A Header is what precedes the rows of an input: the names of its columns, if it has any.
type Header struct {
	Names []string // nil if the columns have numbers, from 1, or there are none
	Raw   []byte   // as it was read, without its line end
	Lines int      // how many that takes
	Bytes int64

	comma byte
}

// readHeader reads the header of a table.
func readHeader(in *bufio.Reader, format Format) (*Header, error) {
	h := &Header{}
	raw, err := h.readRow(in, format)
	if err != nil {
		return nil, err
	}
	if raw = trimEnd(raw); len(raw) == 0 {
		return nil, errors.New("the header is missing: the first line is empty")
	}
	if !utf8.Valid(raw) {
		return nil, errors.New(notUTF8)
	}
	h.Raw = raw
	names, err := newTable(format, h.comma).split(raw)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	for _, name := range names {
		h.Names = append(h.Names, strings.TrimSpace(name))
	}
	return h, nil
}

// notUTF8 says so, and what helps.
const notUTF8 = "it is not valid UTF-8; `iconv -f WINDOWS-1252 -t UTF-8` makes UTF-8 of what older programs write"

// readRow reads the first row, and notes how much that is.
func (h *Header) readRow(in *bufio.Reader, format Format) (row []byte, err error) {
	e := extent{}
	for {
		line, err := in.ReadSlice('\n')
		if h.Bytes == 0 {
			h.comma = commaOf(line, format)
			e.comma = h.comma
			h.Bytes = int64(len(line))
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		} else {
			h.Bytes += int64(len(line))
		}
		row = append(row, line...)
		more := format == CSV && e.add(line)
		switch {
		case len(row) > maxHeader:
			return nil, fmt.Errorf("the header is longer than %d bytes", maxHeader)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case len(row) == 0:
			return nil, errEmpty
		}
		h.Lines++
		if err != nil || !more {
			return row, nil
		}
	}
}

// commaOf returns what is between the values of a table: commas, or semicolons where there is none in the first line,
// as Excel writes where a comma is the decimal sign.
func commaOf(line []byte, format Format) byte {
	switch {
	case format == TSV:
		return '\t'
	case bytes.IndexByte(line, ',') < 0 && bytes.IndexByte(line, ';') >= 0:
		return ';'
	}
	return ','
}

// errEmpty says that there is not even a header.
var errEmpty = errors.New("it is empty")

// checkNames makes sure that each name means one column.
func (h *Header) checkNames() error {
	seen := make(map[string]int, len(h.Names))
	for i, name := range h.Names {
		if first, ok := seen[name]; ok && name != "" {
			return fmt.Errorf("columns %d and %d of the header are both called %q", first+1, i+1, name)
		}
		seen[name] = i
	}
	return nil
}

// columns says which columns there are, for a message.
func (h *Header) columns() string {
	const most = 20
	names := h.Names
	more := ""
	if len(names) > most {
		more = " and " + strconv.Itoa(len(names)-most) + " more"
		names = names[:most]
	}
	return strings.Join(names, ", ") + more
}
