// Package writeout implements curl's -w: it measures a request and writes the variables of a format.
package writeout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/files"
	"github.com/arl-cli/arl/internal/input"
	"github.com/arl-cli/arl/internal/terminal"
)

// An Ending is how a fetch ended, as -w tells it.
type Ending struct {
	Transfer *Transfer
	Code     int    // the exit code
	Message  string // why it is not 0
	Attempts int
	Waited   float64 // seconds
	Rate     float64 // requests per second
}

// A WriteOut is -w's format, understood.
type WriteOut []step

// A step writes something of an ending.
type step struct {
	text string // without a name
	name string
	arg  string // of %header{arg}
}

// File is the file that holds -w's format; empty if none does.
func File(format string) string { return input.AfterAt(format) }

// ParseWriteOut reads a format: text, \n, \r, \t, %{variable}, %header{name}, %output{file} for where the rest goes, and
// %% for a percent sign.
// "@file" names a file that holds it, "@-" standard input; its line ends are left out.
func ParseWriteOut(format string, in io.Reader) (WriteOut, error) {
	if name, ok := strings.CutPrefix(format, "@"); ok {
		b, err := input.ReadFile(name, in)
		if err != nil {
			return nil, err
		}
		format = string(input.WithoutLineEnds(b))
	}
	var w WriteOut
	for format != "" {
		at := strings.IndexAny(format, `%\`)
		if at < 0 {
			at = len(format)
		}
		if at > 0 {
			w = append(w, step{text: format[:at]})
			format = format[at:]
			continue
		}
		s, n := parseStep(format)
		if s.name != "" && !knownVariable(s) {
			return nil, input.Errorf("-w: unknown variable %s; %%{json} writes all of them", s.name)
		}
		w, format = append(w, s), format[n:]
	}
	return w, nil
}

// parseStep reads what begins with a percent sign or a backslash, and how long that is. What means
// nothing stands for itself.
func parseStep(s string) (step, int) {
	escapes := map[string]string{`\n`: "\n", `\r`: "\r", `\t`: "\t", "%%": "%"}
	if text, ok := escapes[s[:min(2, len(s))]]; ok {
		return step{text: text}, 2
	}
	for prefix, name := range map[string]string{"%{": "", "%header{": "header", "%output{": "output"} {
		rest, ok := strings.CutPrefix(s, prefix)
		if !ok {
			continue
		}
		inner, _, closed := strings.Cut(rest, "}")
		switch n := len(prefix) + len(inner) + 1; {
		case !closed:
			return step{text: prefix}, len(prefix)
		case name == "":
			return step{name: strings.ToLower(inner)}, n
		default:
			return step{name: name, arg: inner}, n
		}
	}
	n := min(2, len(s))
	return step{text: s[:n]}, n
}

func knownVariable(s step) bool {
	switch s.name {
	case "stdout", "stderr", "onerror", "json", "header_json":
		return true
	case "header", "output":
		return strings.TrimPrefix(s.arg, ">>") != ""
	}
	_, ok := variables()[s.name]
	return ok
}

// Write writes what the format says. Its text is the user's own; values may be a server's.
func (w WriteOut) Write(stdout, stderr io.Writer, e *Ending) error {
	to, parts := stdout, []struct {
		to   io.Writer
		text bytes.Buffer
	}{}
	say := func(text string) {
		if n := len(parts); n == 0 || parts[n-1].to != to {
			parts = append(parts, struct {
				to   io.Writer
				text bytes.Buffer
			}{to: to})
		}
		parts[len(parts)-1].text.WriteString(text)
	}
	value := func(text string) { say(terminal.Escaped(to, text)) }
	table := variables()
loop:
	for _, s := range w {
		switch s.name {
		case "":
			say(s.text)
		case "stdout":
			to = stdout
		case "stderr":
			to = stderr
		case "output":
			to = newReportFile(s.arg, files.Streams{Out: stdout, Err: stderr})
			say("") // it is made even if nothing follows
		case "onerror":
			if e.Code == 0 {
				break loop
			}
		case "json":
			value(e.json())
		case "header_json":
			value(e.headerJSON())
		case "header":
			value(e.header(s.arg))
		default:
			value(plain(table[s.name](e)))
		}
	}
	for i := range parts {
		if _, err := terminal.Painted(parts[i].to).Write(parts[i].text.Bytes()); err != nil {
			return &failure.WriteError{What: "what -w asks for", Err: err}
		}
	}
	return nil
}

// plain writes a variable's value as text.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case status:
		return fmt.Sprintf("%03d", int(v))
	case float64:
		return fmt.Sprintf("%.6f", v)
	}
	return fmt.Sprint(v)
}

// json writes all variables as an object, in the order of their names.
func (e *Ending) json() string {
	table := variables()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(table)) {
		v := table[name](e)
		text := fmt.Sprintf("%.6f", v)
		if _, ok := v.(float64); !ok {
			encoded, _ := json.Marshal(v) // of strings and numbers
			text = string(encoded)
		}
		fmt.Fprintf(&b, ",%q:%s", name, text)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

// headerJSON writes the last response's headers as an object of lists.
func (e *Ending) headerJSON() string {
	if e.Transfer.Response == nil {
		return "{\n}"
	}
	h := fullHeader(e.Transfer.Response)
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		values, _ := json.Marshal(h[name]) // of strings
		lines = append(lines, fmt.Sprintf("%q:%s", strings.ToLower(name), values))
	}
	return "{" + strings.Join(lines, ",\n") + "\n}"
}

func (e *Ending) header(name string) string {
	if e.Transfer.Response == nil {
		return ""
	}
	return fullHeader(e.Transfer.Response).Get(name)
}
