package request

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/jq"
	"github.com/arl-cli/arl/internal/terminal"
)

// showOptions say how the body of a response is written.
type showOptions struct {
	JQ     string
	asked  bool // for --jq
	filter *jq.Filter
}

func (o *showOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.JQ, "jq", "", "Filter the response with jq `EXPR`; strings are written without quotes")
}

// compile reads --jq, before anything is sent.
func (o *showOptions) compile() error {
	if !o.asked {
		return nil
	}
	var err error
	if o.filter, err = jq.Compile(o.JQ); err != nil {
		return cli.Usagef("nothing was sent; for the syntax see https://jqlang.org/manual", "--jq: %v", err)
	}
	return nil
}

// checkFields rejects fields together with data: both would be the body.
func (o *options) checkFields() error {
	if len(o.Fields) > 0 && (len(o.Data) > 0 || len(o.Form) > 0 || o.Upload != "") {
		return cli.Usagef("use --url-query for parameters in the query", "--field and --raw-field cannot be combined with -d, --json, -F or -T: each sets the body")
	}
	return nil
}

// printer is how the body of a response is written; nil if as it came. People get JSON indented and
// painted; so does a pipe that --color always is for. -o is for bytes, also if it is -o -.
func (o *options) printer(ctx context.Context) fetch.Printer {
	s := shower{ctx: ctx, filter: o.filter}
	if o.Output == "" {
		s.terminal = o.env.OutTTY
		s.json = terminal.JSONWriter{Colour: o.env.Colour(o.global.Color, o.env.OutTTY)}
		s.people = s.terminal || s.json.Colour
	}
	if s.filter == nil && !s.people {
		return nil
	}
	return s.print
}

// A shower writes answers for people, or what a filter makes of them.
type shower struct {
	ctx      context.Context
	filter   *jq.Filter
	terminal bool // what is written goes to one
	people   bool // JSON is indented
	json     terminal.JSONWriter
}

// print implements fetch.Printer. An error's body is never filtered: the expression was meant for
// another.
func (s shower) print(w io.Writer, resp *http.Response, body io.Reader) error {
	switch {
	case s.filter != nil && resp.StatusCode < http.StatusBadRequest:
		return s.filtered(w, body)
	case s.people && isJSON(resp.Header):
		return s.pretty(w, body)
	}
	return s.copied(w, body)
}

// filtered writes a line for each value that the filter makes.
func (s shower) filtered(w io.Writer, body io.Reader) error {
	err := s.filter.Run(s.ctx, body, func(value []byte) error {
		text, isText := jq.Text(value)
		switch {
		case isText && s.terminal:
			value = append([]byte(terminal.Text(text)), '\n')
		case isText:
			value = append([]byte(text), '\n')
		case s.people:
			value = s.json.Append(nil, value)
		default:
			value = append(value, '\n')
		}
		_, err := w.Write(value)
		return err
	})
	if input, ok := errors.AsType[*jq.InputError](err); ok {
		return &failure.PrintError{Err: jqError{input}, Hint: "omit --jq to see the response"}
	}
	if err == nil || s.ctx.Err() != nil || failure.Copying(err) {
		return err
	}
	return &failure.PrintError{Err: jqError{err}}
}

// A jqError says whose error it is.
type jqError struct{ err error }

// Error implements error.
func (e jqError) Error() string { return "--jq: " + e.err.Error() }

// Unwrap returns the cause.
func (e jqError) Unwrap() error { return e.err }

// mostPretty is how much JSON is held to be indented; more is passed on as it comes.
const mostPretty = 32 << 20

// pretty writes JSON for people, if it is some.
func (s shower) pretty(w io.Writer, body io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(body, mostPretty+1))
	if err != nil || len(text) > mostPretty || !validJSON(text) {
		e := s.copied(w, io.MultiReader(bytes.NewReader(text), body))
		return errors.Join(err, e)
	}
	_, err = w.Write(s.json.Append(nil, text))
	return err
}

// validJSON reports whether text is JSON: one value, or several as in NDJSON.
func validJSON(text []byte) bool {
	if json.Valid(text) {
		return true
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	for {
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// isJSON reports whether a response says that it is JSON.
func isJSON(h http.Header) bool {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return false
	}
	_, kind, _ := strings.Cut(media, "/")
	return kind == "json" || strings.HasSuffix(kind, "+json") || kind == "x-ndjson" || kind == "ndjson"
}

// copied passes a body on as it comes, but for what would mess up a terminal.
func (s shower) copied(w io.Writer, body io.Reader) error {
	if s.terminal {
		w = &textOnly{w: w}
	}
	_, err := io.Copy(w, body)
	return err
}

// textOnly rejects binary data, as curl does: a zero byte in the beginning.
type textOnly struct {
	w    io.Writer
	seen int // bytes that were looked at
}

// Write implements io.Writer.
func (t *textOnly) Write(p []byte) (int, error) {
	const beginning = 2000
	if look := min(len(p), beginning-t.seen); look > 0 {
		t.seen += look
		if bytes.IndexByte(p[:look], 0) >= 0 {
			return 0, &failure.PrintError{
				Err:  errors.New("the response is binary and could garble the terminal"),
				Hint: "save it with -o FILE, or write it to the terminal with -o -",
			}
		}
	}
	return t.w.Write(p)
}
