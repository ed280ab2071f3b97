package rows

import (
	"fmt"
	"path/filepath"
	"strings"
)

// A Format is how rows are written.
type Format string

// The formats.
const (
	NDJSON Format = "ndjson" // one JSON value a line
	CSV    Format = "csv"    // RFC 4180
	TSV    Format = "tsv"    // tabs between values; \t, \n, \r and \\ stand for what cannot be in one
	Lines  Format = "lines"  // one value a line, as it is
)

// ParseFormat reads a format's name.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case NDJSON, CSV, TSV, Lines:
		return f, nil
	}
	return "", fmt.Errorf("%q is not ndjson, csv, tsv or lines", name)
}

// FormatOf returns the format of a file, by the end of its name.
func FormatOf(name string) Format {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return CSV
	case ".tsv", ".tab":
		return TSV
	}
	return NDJSON
}

// hasColumns reports whether rows are divided into columns, whose names a header says.
func (f Format) hasColumns() bool { return f == CSV || f == TSV }
