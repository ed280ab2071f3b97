package batch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/columns"
	"github.com/arl-cli/arl/internal/jq"
)

// shapeOptions say how results are written to standard output, if not as they are.
type shapeOptions struct {
	JQ          string
	Out         string
	Columns     string
	Spreadsheet bool

	asked  bool // for --jq
	filter *jq.Filter
}

func (o *shapeOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.JQ, "jq", "", "Filter each result with jq `EXPR`, such as '.json.name'; -o FILE keeps the whole results")
	f.StringVar(&o.Out, "out", "", "Write the --columns of each result as `FORMAT`: csv or tsv, with a header; -o FILE keeps the whole results")
	f.StringVar(&o.Columns, "columns", "", "Write these columns with --out: a `LIST` such as id,status,.json.name,error.kind")
	f.BoolVar(&o.Spreadsheet, "spreadsheet-safe", false, "With --out, put a ' before text that begins with =, +, - or @, which a spreadsheet would evaluate")
}

// shapes reports whether results are written to standard output in another form.
func (o *shapeOptions) shapes() bool { return o.asked || o.Out != "" }

// check reads the flags, before anything is sent.
func (o *shapeOptions) check() (err error) {
	switch {
	case o.asked && o.Out != "":
		return cli.Usagef("jq can write columns too, with @csv and @tsv", "only one of --jq and --out can be used")
	case o.Out == "" && (o.Columns != "" || o.Spreadsheet):
		return cli.Usagef("such as --out csv --columns id,status", "--columns and --spreadsheet-safe need --out")
	case o.Out != "" && o.Columns == "":
		return cli.Usagef("such as --columns id,status,.json.name,error.kind", "--out %s needs --columns", o.Out)
	case o.Out != "":
		if _, err := columns.New(io.Discard, o.table()); err != nil {
			return cli.Usagef("", "--out, --columns: %v", err)
		}
	case o.asked:
		if o.filter, err = jq.Compile(o.JQ); err != nil {
			return cli.Usagef("nothing was sent; for the syntax see https://jqlang.org/manual", "--jq: %v", err)
		}
	}
	return nil
}

func (o *shapeOptions) table() columns.Config {
	return columns.Config{Format: o.Out, Columns: o.Columns, Spreadsheet: o.Spreadsheet}
}

// A resultShaper writes results to standard output in another form, after they have been written to -o as they are.
type resultShaper struct {
	kept  io.Writer // nil without -o
	shape func(result []byte) error
	warn  func(format string, args ...any)
	stop  func(error)

	failed int64 // results of which --jq made an error
	broken bool  // standard output
}

// shaper returns what writes results to kept and, in another form, to out; nil if there is no other form.
func (o *shapeOptions) shaper(ctx context.Context, kept, out io.Writer) (*resultShaper, error) {
	s := &resultShaper{kept: kept}
	if o.Out != "" {
		w, err := columns.New(out, o.table())
		if err != nil {
			return nil, err
		}
		s.shape = w.Row
		return s, w.Header()
	}
	s.shape = func(result []byte) error { return filterResult(ctx, o.filter, out, result) }
	return s, nil
}

// shaped returns what writes the results of this run, and those that an earlier one has left in the file of -o, to
// standard output in another form; nil if they are written as they are.
func (o *options) shaped(ctx context.Context, s *session.Session, f *outputFiles, p *progressLine) (*resultShaper, error) {
	if !o.shapes() {
		return nil, nil
	}
	kept := f.out
	if o.Output == "" {
		kept = nil
	}
	shaper, err := o.shaper(ctx, kept, p.results(o.env.Out))
	if err != nil {
		return nil, shaperError(err)
	}
	shaper.warn = s.Messages.Say
	if f.kept != nil && o.Resume {
		err = shaper.before(o.Output)
	}
	return shaper, shaperError(err)
}

// shaperError is how a batch ends whose results cannot be written to standard output.
func shaperError(err error) error {
	switch {
	case err == nil:
		return nil
	case batch.ReaderGone(err):
		return &cli.Error{Silent: true, Code: cli.ExitReaderGone}
	}
	return &cli.Error{Message: fmt.Sprintf("write the results: %v", err), Code: cli.ExitUnfinished, Err: err}
}

// filterResult writes a line for each value that a filter makes of a result, all at once.
func filterResult(ctx context.Context, f *jq.Filter, out io.Writer, result []byte) error {
	var lines bytes.Buffer
	err := f.Run(ctx, bytes.NewReader(result), func(value []byte) error {
		if text, isText := jq.Text(value); isText {
			value = []byte(text)
		}
		lines.Write(value)
		lines.WriteByte('\n')
		return nil
	})
	if lines.Len() > 0 {
		if _, err := out.Write(lines.Bytes()); err != nil {
			return err
		}
	}
	if err != nil {
		return &shapeError{err}
	}
	return nil
}

// A shapeError is about one result.
type shapeError struct{ err error }

// Error implements error.
func (e *shapeError) Error() string { return "--jq: " + e.err.Error() }

// Write implements io.Writer. A result that is kept is not lost if its other form cannot be written: that ends the run.
func (s *resultShaper) Write(result []byte) (int, error) {
	if s.kept != nil {
		if n, err := s.kept.Write(result); err != nil {
			return n, err
		}
	}
	if err := s.show(result); err != nil {
		if s.kept == nil {
			return 0, err
		}
		if batch.ReaderGone(err) {
			err = batch.ErrReaderGone
		}
		s.stop(err)
	}
	return len(result), nil
}

// shownShapeErrors is how many errors of --jq are shown.
const shownShapeErrors = 5

// show writes a result in its other form.
func (s *resultShaper) show(result []byte) error {
	if s.broken {
		return nil
	}
	err := s.shape(result)
	if _, ok := errors.AsType[*shapeError](err); !ok {
		s.broken = err != nil
		return err
	}
	if s.failed++; s.failed <= shownShapeErrors {
		s.warn("%v, of the result %.200s", err, bytes.TrimSpace(result))
	}
	return nil
}

// before shows the results that an earlier run has left in the file of -o.
func (s *resultShaper) before(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	in := bufio.NewReaderSize(f, 256<<10)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := s.show(line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// failure says that --jq could not make anything of some results.
func (s *resultShaper) failure() error {
	if s == nil || s.failed == 0 {
		return nil
	}
	return &cli.Error{Message: fmt.Sprintf("--jq failed for %d of the results", s.failed), Code: cli.ExitOther}
}
