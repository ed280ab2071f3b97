package batch

import (
	"bufio"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/files"
	"github.com/arl-cli/arl/internal/rows"
)

// rowOptions say how records are made of the rows of an input.
type rowOptions struct {
	In       formatValue
	NoHeader bool
	Path     string
	Method   string
	ID       string
	URLQuery []string
	Data     []string
	JSON     string
	Fields   []fetch.Field
	GraphQL  string

	readers []*rows.Reader // of the inputs that are rows
}

func (o *rowOptions) addFlags(f *pflag.FlagSet) {
	f.Var(&o.In, "in", "Read the input as `FORMAT`: ndjson, csv, tsv or lines; the default depends on the suffix of the file")
	f.BoolVar(&o.NoHeader, "no-header", false, "Treat the first row of CSV or TSV as data, not as a header; columns are {1}, {2}, ...")
	f.StringVar(&o.Path, "path", "", "Send each row to the path `TEMPLATE`, such as '/users/{id}{?page}'")
	f.StringVarP(&o.Method, "request", "X", "", "Send rows with this `METHOD`")
	f.StringVar(&o.ID, "id", "", "Give each record the id `TEMPLATE`, such as '{id}'")
	f.Var(&session.FieldValue{To: &o.Fields}, "field", "Send `KEY=VALUE` in a JSON body; the value is a template; true, false, null and integers are typed")
	f.Var(&session.FieldValue{Raw: true, To: &o.Fields}, "raw-field", "Send `KEY=VALUE` like --field, but always as a string")
	f.StringVar(&o.GraphQL, "graphql", "", "Send rows as variables of a GraphQL document: a `FILE`, or the document itself; --field KEY={column} chooses the columns")
	f.Var((*cli.StringsValue)(&o.URLQuery), "url-query", "Add `DATA` to the query: name=value with a template as the value, or '{?a,b}'")
	f.VarP((*cli.StringsValue)(&o.Data), "data", "d", "Send the form `DATA`, a template such as 'name={name}'")
	f.StringVar(&o.JSON, "json", "", "Send this `JSON` with templates in its strings, such as '{\"email\": \"{email}\"}'; @file reads it from a file")
}

// uses are the files that the templates are in.
func (o *rowOptions) uses() (uses []files.Use) {
	for _, text := range append([]string{o.JSON}, o.Data...) {
		if name, ok := strings.CutPrefix(text, "@"); ok {
			uses = append(uses, files.Use{What: "a body", Name: name})
		}
	}
	if name, ok := fetch.GraphQLFile(o.GraphQL); ok {
		uses = append(uses, files.Use{What: "a GraphQL document", Name: name})
	}
	return uses
}

// recipe collects the templates. Of the headers those belong to it that have some; the others are sent with all
// requests anyway, and are returned.
func (o *rowOptions) recipe(headers []string) (r rows.Recipe, static []string, err error) {
	r = rows.Recipe{Path: o.Path, Method: o.Method, ID: o.ID, Queries: o.URLQuery}
	for _, h := range headers {
		isType := len(o.Data) > 0 && strings.HasPrefix(strings.ToLower(h), "content-type:")
		if isType || !strings.HasPrefix(h, "@") && rows.Templated(h) {
			r.Headers = append(r.Headers, h)
		} else {
			static = append(static, h)
		}
	}
	for _, f := range o.Fields {
		field, err := rowField(f)
		if err != nil {
			return r, nil, err
		}
		r.Fields = append(r.Fields, field)
	}
	for _, text := range o.Data {
		text, err := readTemplate(text)
		if err != nil {
			return r, nil, err
		}
		r.Data = append(r.Data, strings.NewReplacer("\r", "", "\n", "").Replace(text))
	}
	if o.GraphQL != "" {
		if r.GraphQL, err = o.document(); err != nil {
			return r, nil, err
		}
	}
	r.JSON, err = readTemplate(o.JSON)
	return r, static, err
}

// rowField reads a field. A file is named by the command line alone, never by a row.
func rowField(f fetch.Field) (rows.Field, error) {
	key, text, given := strings.Cut(f.Text, "=")
	if !given {
		return rows.Field{}, cli.Usagef("", "field %q has no value: write KEY=VALUE", key)
	}
	if name, ok := strings.CutPrefix(text, "@"); ok && !f.Raw {
		content, err := os.ReadFile(name)
		if err != nil {
			return rows.Field{}, cli.Usagef("", "field %q: %v", key, err)
		}
		return rows.Field{Key: key, Text: string(content), Literal: true}, nil
	}
	return rows.Field{Key: key, Text: text, Raw: f.Raw}, nil
}

// document reads --graphql. Standard input is what the rows come from.
func (o *rowOptions) document() (string, error) {
	if o.GraphQL == "-" {
		return "", cli.Usagef("put the document into a file", "--graphql - is not possible: the records are read from standard input")
	}
	text, err := fetch.GraphQLText(o.GraphQL, nil)
	if err != nil {
		return "", cli.Usagef("", "--graphql: %v", err)
	}
	return text, nil
}

// readTemplate returns a text, or what is in the file that it names with an @ in front.
func readTemplate(text string) (string, error) {
	name, ok := strings.CutPrefix(text, "@")
	if !ok {
		return text, nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return "", cli.Usagef("", "read the body: %v", err)
	}
	return string(content), nil
}

// format returns how an input is written.
func (o *rowOptions) format(name string) rows.Format {
	if o.In != "" {
		return rows.Format(o.In)
	}
	return rows.FormatOf(name)
}

// given reports whether a flag says how records are made of rows.
func (o *rowOptions) given() bool {
	return o.Path+o.Method+o.ID+o.JSON+o.GraphQL != "" || len(o.URLQuery)+len(o.Data)+len(o.Fields) > 0
}

// divide makes records of the rows of the inputs, if those are rows. What is wrong with all rows of one is found before
// anything is sent. It returns the headers that are sent with every request.
func (o *rowOptions) divide(inputs []record.Input, headers []string) (static []string, err error) {
	isRecords := func(in record.Input) bool { return o.format(in.Name) == rows.NDJSON }
	if !o.given() && !slices.ContainsFunc(inputs, func(in record.Input) bool { return !isRecords(in) }) {
		if o.NoHeader {
			return nil, cli.Usagef("", "--no-header needs --in csv or --in tsv")
		}
		return headers, nil
	}
	recipe, static, err := o.recipe(headers)
	if err != nil {
		return nil, err
	}
	maker, err := recipe.Compile()
	if err != nil {
		return nil, cli.Usagef("see the examples in `arl batch --help`", "%v", err)
	}
	for i := range inputs {
		if err := o.open(&inputs[i], maker); err != nil {
			return nil, err
		}
	}
	return static, nil
}

// open reads what precedes the rows of an input.
func (o *rowOptions) open(in *record.Input, maker *rows.Maker) error {
	buffered := bufio.NewReaderSize(in.Reader, 64<<10)
	if what := record.ForeignForm(buffered); what != "" {
		return cli.Usagef("", "%v", &record.ForeignInputError{Name: in.Name, What: what})
	}
	reader, rest, err := rows.Open(buffered, o.format(in.Name), o.NoHeader, maker)
	if err != nil {
		return cli.Usagef(o.openHint(err), "%s: %v", in.Name, err)
	}
	o.readers = append(o.readers, reader)
	in.Reader, in.Rows = rest, reader
	in.Head, in.Lines, in.Bytes = reader.Header.Raw, reader.Header.Lines, reader.Header.Bytes
	return nil
}

// openHint says what helps where an input cannot be read as rows.
func (o *rowOptions) openHint(err error) string {
	if errors.Is(err, rows.ErrNoPath) {
		return "such as --path '/users/{id}', and -X PATCH"
	}
	return ""
}

// firstRecord returns the first record that was made of a row, nil if none was.
func (o *rowOptions) firstRecord() []byte {
	for _, r := range o.readers {
		if r.First != nil {
			return r.First
		}
	}
	return nil
}

// unused returns the columns of which nothing is sent, where nothing but their names says what is.
func (o *rowOptions) unused() (columns []string) {
	if o.Path != "" {
		return nil
	}
	for _, r := range o.readers {
		columns = append(columns, r.Unused()...)
	}
	return slices.Compact(columns)
}

// formatValue is a flag that is a format of rows; empty means that each file's name says it.
type formatValue rows.Format

// String implements pflag.Value.
func (v *formatValue) String() string { return string(*v) }

// Type implements pflag.Value.
func (v *formatValue) Type() string { return "FORMAT" }

// Set implements pflag.Value.
func (v *formatValue) Set(s string) error {
	f, err := rows.ParseFormat(s)
	*v = formatValue(f)
	return err
}
