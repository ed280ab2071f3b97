package fetch

import (
	"cmp"
	"io"
	"io/fs"
	"net/http"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/files"
	"github.com/arl-cli/arl/internal/terminal"
)

// output is where something of a response goes: a stream, or a file that is put in its place at the end, so that a failed
// run leaves none.
type output struct {
	*files.Output
	what  string // for messages
	wrote bool
}

// openOutput finds out whether a file can be written, before anything is sent: what a server says to a POST cannot be
// had again.
func openOutput(what, path string, perm fs.FileMode, s Streams) (*output, error) {
	file, err := files.Streams{Out: s.Out, Err: s.Err}.Create(cmp.Or(path, "-"), perm)
	if err != nil {
		return nil, &failure.WriteError{What: what, Err: err}
	}
	return &output{Output: file, what: what}, nil
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) { return o.writeTo(o.Output, p) }

func (o *output) writeTo(w io.Writer, p []byte) (int, error) {
	o.wrote = true
	n, err := w.Write(p)
	if err != nil {
		err = &failure.WriteError{What: o.what, Err: err}
	}
	return n, err
}

// Painted is [terminal.Stream.Painted]: for a body, which is passed on as it came, and for what is harmless already.
func (o *output) Painted() io.Writer { return paintedOutput{o} }

type paintedOutput struct{ o *output }

// Write implements io.Writer.
func (p paintedOutput) Write(b []byte) (int, error) {
	if stream := p.o.Stream(); stream != nil {
		return p.o.writeTo(terminal.Painted(stream), b)
	}
	return p.o.Write(b)
}

// finish puts the file in its place, or takes it away if the run failed. An empty response makes an
// empty file, as with curl.
func (o *output) finish(failed error) error {
	if failed != nil {
		return o.Discard()
	}
	if err := o.Commit(); err != nil {
		return &failure.WriteError{What: o.what, Err: err}
	}
	return nil
}

// outputs are all that one request writes.
type outputs struct {
	body  *output
	heads *output // of -D; nil without
	jar   *output // of -c; nil without
}

// outputs opens what is written.
func (o *Options) outputs(s Streams) (out outputs, err error) {
	defer func() {
		if err != nil {
			out.discard()
		}
	}()
	if out.body, err = openOutput("the response", o.Output, 0o666, s); err != nil {
		return out, err
	}
	if o.DumpHeader != "" {
		if out.heads, err = openOutput("the headers", o.DumpHeader, 0o666, s); err != nil {
			return out, err
		}
	}
	if o.CookieJar != "" {
		out.jar, err = openOutput("the cookies", o.CookieJar, 0o600, s) // for its owner's eyes only
	}
	return out, err
}

// discard takes the files away that are not in their places.
func (out *outputs) discard() {
	for _, o := range []*output{out.body, out.heads, out.jar} {
		if o != nil {
			_ = o.Discard() // nothing is lost
		}
	}
}

// dump writes something of the heads of responses where -D says.
func (out *outputs) dump(write func(io.Writer, *http.Response) error, resp *http.Response) error {
	if out.heads == nil {
		return nil
	}
	return write(out.heads, resp)
}

// dumped puts the file of -D in its place.
func (out *outputs) dumped() error {
	if out.heads == nil {
		return nil
	}
	return out.heads.finish(nil)
}
