package batch

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/arl-cli/arl/internal/batch/memory"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/sendctx"
)

// A Sender makes the exchange of one record, all retries included. It blocks while limits say so,
// is called by many goroutines at once, and must return soon after ctx ended. When
// [Request.Stopping] is closed it sends nothing more, and lets what it sent come to its end; what is
// then not done it answers with an error of kind [KindCancelled], which makes the record one that
// was not sent, unless its outcome is unknown.
//
// r and the response's body belong to the engine again once Send has returned.
type Sender interface {
	Send(ctx context.Context, r *Request) Answer
}

// A Request is what a record asks for, as a sender sees it.
type Request struct {
	record.Request

	hold     *memory.Lease
	stopping <-chan struct{}
}

// Stopping is closed when nothing new is to be sent, at the latest when the run ends, and is the same for
// all records of a run. What has been sent may come to its end.
func (r *Request) Stopping() <-chan struct{} { return r.stopping }

// ErrNotKept says that a response cannot be kept: it is too large, or the file for it cannot be written.
// To ask again does not help; the engine makes an error of the record of it, whatever the Answer says.
var ErrNotKept = memory.ErrNotKept

// Read reads the body of a response to its end within the memory of the run, and waits where that is
// used up. size is how long the body is said to be, -1 if nothing is said. Bytes that an earlier Read
// for the same request returned are invalid after it. A body that is larger than may stand in a result
// goes to a file; then only its beginning is returned, and the engine knows of the rest.
//
// Reading fails as the body does, with [ErrNotKept], or with the cause of the end of ctx.
func (r *Request) Read(ctx context.Context, body io.Reader, size int64) ([]byte, error) {
	return r.hold.Read(ctx, body, size)
}

// Hold is Read for a body that is needed whole whatever its size, such as a page of a list. It never goes to a
// file.
func (r *Request) Hold(ctx context.Context, body io.Reader, size int64) ([]byte, error) {
	return r.hold.ReadWhole(ctx, body, size)
}

// Release gives back the memory of what Hold or Read returned, which is no longer needed.
func (r *Request) Release() { r.hold.Keep(0) }

// Outgrown reports whether the last body that was read cannot be kept. The engine knows why.
func (r *Request) Outgrown() bool { return r.hold.Outgrown != nil }

// Inline is how large a body may be to stand in a result, in bytes.
func (r *Request) Inline() int64 { return r.hold.Inline() }

// An Answer is what came of a request.
type Answer struct {
	sendctx.Report

	Status  int // the last one; 0 if there was none
	Header  http.Header
	Body    []byte
	At      time.Time // when the response was complete, or it was clear that there is none; zero: when Send returned
	Err     *Error    // nil if there is a whole response
	Failure string    // what the response says went wrong in spite of its status; empty if nothing did
	Path    string    // of the record as it may be shown; empty: as it is

	Cache     string // where the response came from, if a cache was asked; empty otherwise
	Unchanged bool   // it is what an earlier run has got, and is to leave no result

	Job   *Job   // that the record has begun, and that this is the end of; nil if there is none
	Later *Later // the job is not done: Send is to be called again; then nothing else counts, but for Attempts

	List    *List  // how far a list in pages came; nil if it is none
	Written func() // called when the result has been written, if it is ok; may be nil
}

// A List is what was got of a list in pages. Where it is complete its items are the response's body: an array,
// or in a file one a line.
type List struct {
	Pages int
	Items int64
	Next  string // where the next page begins, if it was not to be asked for
}

// An Error is why a record is not ok.
type Error struct {
	Kind    Kind
	Message string
}

// Error implements error.
func (e *Error) Error() string { return string(e.Kind) + ": " + e.Message }

// A Kind is what a program can tell errors apart by.
type Kind string

// The kinds of errors.
const (
	KindInput       Kind = "input"            // the record is not one
	KindHTTP        Kind = "http"             // status 400 or above
	KindTimeout     Kind = "timeout"          // an attempt took too long
	KindDNS         Kind = "dns"              // the name was not resolved
	KindConnect     Kind = "connect"          // no connection
	KindTLS         Kind = "tls"              // handshake or certificate
	KindThrottled   Kind = "throttled"        // throttled because of a limit to the last
	KindCircuitOpen Kind = "circuit_open"     // not sent, since nothing works at present
	KindCancelled   Kind = "cancelled"        // given up before there was a response
	KindUnknown     Kind = resume.KindUnknown // it may or may not have been processed
	KindAuth        Kind = "auth"             // there are no credentials to send
	KindRead        Kind = "read"             // the response could not be read
	KindWrite       Kind = "write"            // the result could not be written
	KindJob         Kind = "job"              // the server says that what it accepted has failed
)
