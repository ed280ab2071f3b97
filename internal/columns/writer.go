package columns

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/arl-cli/arl/internal/rawjson"
)

// A Config says how rows are written.
type Config struct {
	Format  string // csv (RFC 4180, lines end with LF) or tsv
	Columns string // with commas between them
	// Spreadsheet puts a ' in front of text that a spreadsheet would take for a formula.
	Spreadsheet bool
}

// A Writer writes rows. It is not safe for concurrent use.
type Writer struct {
	out         io.Writer
	columns     []column
	tabs        bool
	spreadsheet bool
	row         bytes.Buffer
	csv         *csv.Writer
	cells       []string
}

// New returns a Writer to out, to which it has written nothing yet.
func New(out io.Writer, c Config) (*Writer, error) {
	if c.Format != "csv" && c.Format != "tsv" {
		return nil, fmt.Errorf("%q is neither csv nor tsv", c.Format)
	}
	columns, err := parseColumns(c.Columns)
	if err != nil {
		return nil, err
	}
	w := &Writer{out: out, columns: columns, tabs: c.Format == "tsv", spreadsheet: c.Spreadsheet}
	w.csv = csv.NewWriter(&w.row)
	return w, nil
}

// Header writes the names of the columns.
func (w *Writer) Header() error {
	w.cells = w.cells[:0]
	for _, c := range w.columns {
		w.cells = append(w.cells, c.name)
	}
	return w.flush()
}

// Row writes the row of an object, which is valid JSON, in one Write. What the object has not is empty; arrays and
// objects are JSON.
func (w *Writer) Row(object []byte) error {
	w.cells = w.cells[:0]
	for i := range w.columns {
		w.cells = append(w.cells, w.cell(w.columns[i].in(object)))
	}
	return w.flush()
}

// cell returns a value as text.
func (w *Writer) cell(value []byte) string {
	if len(value) == 0 || value[0] == 'n' {
		return ""
	}
	if value[0] != '"' {
		return string(rawjson.AppendLine(nil, value))
	}
	text, err := rawjson.Text(value)
	if err != nil {
		return string(value) // it stands for no text, as half a surrogate pair
	}
	if w.spreadsheet && text != "" && strings.IndexByte("=+-@\t\r", text[0]) >= 0 {
		return "'" + text
	}
	return text
}

// flush writes the cells.
func (w *Writer) flush() error {
	w.row.Reset()
	if w.tabs {
		w.writeTabs()
	} else {
		if err := w.csv.Write(w.cells); err != nil {
			return err
		}
		w.csv.Flush()
		if err := w.csv.Error(); err != nil {
			return err
		}
	}
	_, err := w.out.Write(w.row.Bytes())
	return err
}

// writeTabs writes the cells as jq's @tsv does: what cannot be in a value is escaped.
func (w *Writer) writeTabs() {
	for i, cell := range w.cells {
		if i > 0 {
			w.row.WriteByte('\t')
		}
		if strings.ContainsAny(cell, "\t\n\r\\") {
			cell = strings.NewReplacer("\t", `\t`, "\n", `\n`, "\r", `\r`, `\`, `\\`).Replace(cell)
		}
		w.row.WriteString(cell)
	}
	w.row.WriteByte('\n')
}
