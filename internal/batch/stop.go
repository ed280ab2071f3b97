package batch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// A Stop is why a run ended before all its records were sent. A later run can take it up. It is an
// error; compare with errors.Is, or find any of them with errors.As.
type Stop string

// The reasons to stop.
const (
	StopAsked    Stop = "stopped before the end"
	StopDenied   Stop = "stopped: the credentials are rejected"
	StopOutage   Stop = "stopped: the server has been failing for too long"
	StopDeadline Stop = "stopped at the deadline"
	StopRequests Stop = "stopped after as many requests as allowed"
	StopCost     Stop = "stopped: the next record would exceed --max-cost"
	StopFailures Stop = "stopped after as many failures as allowed"
)

// Error implements error.
func (s Stop) Error() string { return string(s) }

// ErrReaderGone says that whoever read the results has gone, as head does.
var ErrReaderGone = errors.New("the reader of the results closed the pipe")

// writeError makes the error of a run of one of its output.
func writeError(err error) error {
	if ReaderGone(err) {
		return ErrReaderGone
	}
	return fmt.Errorf("write result: %w", err)
}

// ReaderGone reports whether an error of a write says that nobody reads any more.
func ReaderGone(err error) bool {
	return errors.Is(err, io.ErrClosedPipe) || errors.Is(err, syscall.EPIPE) || brokenPipe(err)
}

// brokenPipe knows what Windows says: ERROR_BROKEN_PIPE and ERROR_NO_DATA.
func brokenPipe(err error) bool {
	var number syscall.Errno
	return runtime.GOOS == "windows" && errors.As(err, &number) && (number == 109 || number == 232)
}

// denials counts the answers in a row by which an api rejects credentials.
type denials struct {
	any atomic.Bool // inRow is not empty: else nobody has to look

	mu    sync.Mutex
	inRow map[string]int
	api   string // whose answers were too many
}

// stops takes note of a response, and reports whether it is one too many.
func (d *denials) stops(api string, a *Answer, most int) bool {
	denied := a.Status == http.StatusUnauthorized || a.Status == http.StatusProxyAuthRequired || a.Err != nil && a.Err.Kind == KindAuth
	if !denied && !d.any.Load() {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case denied:
		d.inRow[api]++
	case a.Status != 0:
		delete(d.inRow, api)
	}
	d.any.Store(len(d.inRow) > 0)
	if most == 0 || d.inRow[api] < most {
		return false
	}
	d.api = api
	return true
}

// Denied is the api that has ended the run with [StopDenied]; empty if none has, or none that has a profile.
func (e *Engine) Denied() string {
	e.denied.mu.Lock()
	defer e.denied.mu.Unlock()
	return e.denied.api
}
