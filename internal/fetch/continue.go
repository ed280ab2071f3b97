package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/input"
	"github.com/arl-cli/arl/internal/partial"
	"github.com/arl-cli/arl/internal/writeout"
)

// continues reports whether -C is asked for with a file: without one it is a range.
func (o *Options) continues() bool {
	return o.ContinueAt != "" && o.Output != "" && o.Output != "-" && !o.DryRun
}

// continueRange is the range that -C N asks for, where nothing is kept.
func (o *Options) continueRange() (string, bool) {
	if o.ContinueAt == "" || o.ContinueAt == "-" || o.continues() {
		return "", false
	}
	return o.ContinueAt + "-", true
}

// openPart opens what is there of the output.
func (o *Options) openPart(req *http.Request) (*partial.Part, error) {
	part, err := partial.Open(o.Output, req.URL.String())
	if err != nil {
		return nil, &failure.WriteError{What: "the response", Err: err}
	}
	if o.ContinueAt != "-" && o.ContinueAt != strconv.FormatInt(part.Offset(), 10) {
		have := part.Offset()
		return nil, errors.Join(input.Errorf("-C %s: %d bytes of %s are there; use -C - to continue after them", o.ContinueAt, have, o.Output), part.Close())
	}
	return part, nil
}

// A BrokenOffError says that a download broke off, and what was kept of it.
type BrokenOffError struct {
	Kept int64 // bytes
	Err  error
}

// Error implements error.
func (e *BrokenOffError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *BrokenOffError) Unwrap() error { return e.Err }

// download is exchange with -C: what arrives is kept, and what is missing asked for, until the whole is there.
func (o *Options) download(ctx context.Context, c *apiclient.Client, req *http.Request, to *outputs, res *Result) error {
	part, err := o.openPart(req)
	if err != nil {
		return err
	}
	defer part.Close() //nolint:errcheck // what it kept was written; Commit says what counts
	for try := 0; ; try++ {
		before := part.Offset()
		again, err := o.piece(c, req, part, to, res)
		if _, broke := errors.AsType[*failure.ReadError](err); !again && !broke {
			return err
		}
		if part.Offset() > before {
			try = 0
		}
		if ctx.Err() != nil || try >= max(o.Retry, 0)+boolInt(again) {
			return &BrokenOffError{part.Offset(), err}
		}
		if !again {
			if e := sleep(ctx, min(time.Second<<min(try, 5), 30*time.Second)); e != nil {
				return &BrokenOffError{part.Offset(), err}
			}
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// piece asks for what is missing and keeps what comes of it. again says that the part was of no use, and the whole has to
// be asked for.
func (o *Options) piece(c *apiclient.Client, req *http.Request, part *partial.Part, to *outputs, res *Result) (again bool, err error) {
	part.Ask(req.Header)
	resp, err := c.Do(req)
	if resp == nil {
		return false, err
	}
	defer resp.Body.Close()
	res.Status = resp.StatusCode
	if res.Transfer != nil {
		res.Transfer.Response = resp
	}
	if err != nil {
		return false, err
	}
	if err := to.dump(writeout.Heads, resp); err != nil {
		return false, err
	}
	verdict, err := part.Meet(resp)
	if err != nil {
		return false, &failure.WriteError{What: "the response", Err: err}
	}
	switch verdict {
	case partial.Again:
		return true, errors.New("the file on the server has changed")
	case partial.Neither:
		return false, to.dumped()
	case partial.Wrong:
		return false, &failure.ReadError{Err: fmt.Errorf("the server sent another part than requested (Content-Range: %s)", resp.Header.Get("Content-Range"))}
	case partial.Nothing:
		res.Status = http.StatusOK
	default:
		if _, err := io.Copy(partWriter{part}, &answer{resp.Body}); err != nil {
			return false, err
		}
		if part.Missing() {
			return true, &failure.ReadError{Err: errors.New("the server sent less than requested")}
		}
	}
	if err := part.Commit(); err != nil {
		return false, &failure.WriteError{What: "the response", Err: err}
	}
	return false, to.dumped()
}

// partWriter tells errors of the disk from those of reading.
type partWriter struct{ part *partial.Part }

// Write implements io.Writer.
func (w partWriter) Write(b []byte) (int, error) {
	n, err := w.part.Write(b)
	if err != nil {
		err = &failure.WriteError{What: "the response", Err: err}
	}
	return n, err
}
