package record

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// What helps where an input is of another form.
const (
	hintCompact  = "write each record on one line, for example with `jq -c .`"
	hintElements = "`jq -c '.[]'` makes lines of its elements"
	hintTable    = "it looks like CSV: use --in csv and --path"
)

// bare reads a line that is a path as it stands. What is more likely a piece of something else is an error: it would
// be sent all the same, and mean nothing.
func bare(r *Request, line []byte) error {
	switch {
	case strings.IndexByte("}]),<>", line[0]) >= 0, scalarOf(line), isWord(line):
		return errors.New("the line is not a path; " + hintCompact)
	case line[0] == '#':
		return errors.New("the line is a comment, which records cannot have")
	}
	r.Path = string(line)
	return r.checkPath()
}

// A whole is what an input is as a whole, if its lines are not records: its first line shows it.
type whole struct {
	document string // JSON over many lines: what makes lines of it
	comma    byte   // a table: what is between its fields; 0 if it is none
}

// judge returns an error for a line that is a piece of the whole.
func (w *whole) judge(line []byte) error {
	switch {
	case w.document != "":
		return errors.New("the line is part of a JSON document over several lines; " + w.document)
	case w.comma != 0 && line[0] != '{' && line[0] != '/' && bytes.IndexByte(line, w.comma) >= 0:
		return errors.New("the line is not a path; " + hintTable)
	}
	return nil
}

// begin looks at the first line of an input, which may be that of a JSON document over many lines, or the header of a
// table: then no other line is a record either.
func begin(line []byte) (w whole) {
	switch {
	case len(line) == 0:
		return w
	case line[0] == '[' && checkJSON(line) != nil:
		w.document = hintElements
	case string(line) == "{":
		w.document = hintCompact
	}
	for _, comma := range []byte(",;\t") {
		if names := bytes.Split(line, []byte{comma}); len(names) > 1 && allNames(names) {
			w.comma = comma
		}
	}
	return w
}

// allNames reports whether all fields can be the names of columns.
func allNames(fields [][]byte) bool {
	for _, f := range fields {
		f = bytes.Trim(bytes.TrimSpace(f), `"`)
		if len(f) == 0 || !isLetter(f[0]) || bytes.ContainsAny(f, `/?=&%:{}[]"`) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c >= 0x80 }

// isWord reports whether a line is what jq writes for a value that is not there, or a boolean.
func isWord(line []byte) bool {
	return string(line) == "null" || string(line) == "true" || string(line) == "false"
}

// scalarOf reports whether a line is an element of a JSON array, with its comma.
func scalarOf(line []byte) bool {
	value, found := bytes.CutSuffix(line, []byte(","))
	return found && checkJSON(value) == nil
}

// requestLine returns an error for a path with a method in front, as in HTTP itself.
func requestLine(path string) error {
	method, rest, found := strings.Cut(path, " ")
	if !found {
		return nil
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return fmt.Errorf(`a path cannot begin with a method; write {"method": %q, "path": %.100q}`, method, strings.TrimSpace(rest))
	}
	return nil
}

// A ForeignInputError is that an input is not text in UTF-8. Nothing of it was read.
type ForeignInputError struct {
	Name string
	What string // such as "UTF-16", and what makes text of it
}

// Error implements error.
func (e *ForeignInputError) Error() string { return e.Name + " is " + e.What }

// ForeignForm says what an input is that is not text in UTF-8, by how it begins; nothing if it may be. It reads nothing
// of it.
func ForeignForm(in *bufio.Reader) string {
	_, _ = in.Peek(1)                             // what is wrong shows when lines are read
	head, _ := in.Peek(min(in.Buffered(), 1<<10)) // more may take its time
	for _, form := range [...]struct{ magic, what string }{
		{"\x1f\x8b", "compressed by gzip; `gunzip -c` writes what is in it"},
		{"\x28\xb5\x2f\xfd", "compressed by zstd; `zstd -dc` writes what is in it"},
		{"BZh", "compressed by bzip2; `bunzip2 -c` writes what is in it"},
		{"\xfd7zXZ", "compressed by xz; `xz -dc` writes what is in it"},
		{"PK\x03\x04", "a ZIP archive; `unzip -p` writes what is in it"},
		{"\xff\xfe", "UTF-16; `iconv -f UTF-16 -t UTF-8` makes UTF-8 of it"},
		{"\xfe\xff", "UTF-16; `iconv -f UTF-16 -t UTF-8` makes UTF-8 of it"},
		{"PAR1", "Parquet, not lines"},
		{"SQLite format 3\x00", "a database, not lines"},
	} {
		if bytes.HasPrefix(head, []byte(form.magic)) {
			return form.what
		}
	}
	return ""
}
