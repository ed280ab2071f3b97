package rows

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/arl-cli/arl/internal/rawjson"
)

// A Reader makes records of the rows of one input. It is not safe for concurrent use.
type Reader struct {
	Header Header
	First  []byte // the first record that was made; nil before

	format Format
	maker  *Maker
	table  *table
	index  map[string]int
	width  int // columns that every row has
}

// Open reads what precedes the first row, if the format has that, and makes sure that all names of the maker's templates
// mean something. It returns what is left to read. With numbered columns there is no header: they are {1}, {2}, and so
// on.
func Open(in *bufio.Reader, format Format, numbered bool, m *Maker) (*Reader, io.Reader, error) {
	r := &Reader{format: format, maker: m}
	if !format.hasColumns() {
		return r, in, r.checkNames()
	}
	h, err := readHeader(in, format)
	if err != nil {
		return nil, nil, err
	}
	r.table, r.width = newTable(format, h.comma), len(h.Names)
	rest := io.Reader(in)
	if numbered {
		rest = io.MultiReader(bytes.NewReader(append(h.Raw, '\n')), in)
		h = &Header{Names: numbers(r.width), comma: h.comma}
	} else if err := h.checkNames(); err != nil {
		return nil, nil, err
	}
	r.index = make(map[string]int, r.width)
	for i, name := range h.Names {
		if name != "" {
			r.index[name] = i
		}
	}
	r.Header = *h
	return r, rest, r.checkNames()
}

func numbers(n int) (names []string) {
	for i := range n {
		names = append(names, strconv.Itoa(i+1))
	}
	return names
}

// checkNames makes sure that every name can have a value.
func (r *Reader) checkNames() error {
	for _, t := range r.maker.templates() {
		for _, name := range t.Names() {
			if err := r.checkName(name); err != nil {
				return err
			}
		}
	}
	if r.maker.path != nil || !r.format.hasColumns() || r.has("path") || r.has("url") {
		return nil
	}
	return fmt.Errorf("%w among %s", ErrNoPath, r.Header.columns())
}

// ErrNoPath says that neither a template nor a column says where rows go.
var ErrNoPath = errors.New("no path for the rows: there is no --path, and no column path or url")

func (r *Reader) has(column string) bool { _, ok := r.index[column]; return ok }

func (r *Reader) checkName(name string) error {
	switch {
	case r.format == Lines && name != "":
		return fmt.Errorf("{%s}: lines have no columns; {} is the whole line, and --in csv has columns", name)
	case !r.format.hasColumns() || r.has(name):
		return nil
	case name == "":
		return errors.New("{}: rows have columns; with --in lines {} is the whole line")
	}
	return fmt.Errorf("{%s}: unknown column; the columns are %s", name, r.Header.columns())
}

// Continues reports whether a row goes on after a piece of it that ends a line. It has to be told of all pieces, and
// which of them is the first.
func (r *Reader) Continues(piece []byte, first bool) bool {
	if r.format != CSV {
		return false
	}
	if first {
		r.table.extent.at = valueStart
	}
	return r.table.extent.add(piece)
}

// Trim returns a row without what is around it. What is then empty is no row.
func (r *Reader) Trim(row []byte) []byte {
	if r.format.hasColumns() {
		return trimEnd(row)
	}
	if text := bytes.TrimSpace(row); r.format == NDJSON || len(text) == 0 {
		return text
	}
	return trimEnd(row)
}

// Record appends the record that a row makes, which has been trimmed.
func (r *Reader) Record(dst, row []byte) ([]byte, error) {
	record, err := r.record(dst, row)
	if r.First == nil && err == nil {
		r.First = bytes.Clone(record[len(dst):])
	}
	return record, err
}

func (r *Reader) record(dst, row []byte) ([]byte, error) {
	if !utf8.Valid(row) {
		return nil, errors.New("the row is not valid UTF-8")
	}
	switch r.format {
	case Lines:
		return r.maker.record(dst, line(row))
	case NDJSON:
		if !rawjson.Valid(row) {
			return nil, errors.New("the row is not valid JSON; use --in lines for plain text")
		}
		return r.maker.record(dst, document(row))
	}
	values, err := r.table.split(row)
	if err != nil {
		return nil, err
	}
	if len(values) != r.width {
		return nil, fmt.Errorf("the row has %s, not %d", count(len(values), "column"), r.width)
	}
	return r.maker.record(dst, cells{r.index, values})
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// Unused returns the columns of a table that make nothing of a record, in their order.
func (r *Reader) Unused() (columns []string) {
	used := []string{"path", "url", "id", "method", "api", "json", "body"}
	if r.maker.path != nil {
		used = nil
	}
	for _, t := range r.maker.templates() {
		used = append(used, t.Names()...)
	}
	for _, name := range r.Header.Names {
		if !slices.Contains(used, name) {
			columns = append(columns, name)
		}
	}
	return columns
}
