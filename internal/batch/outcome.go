package batch

import (
	"fmt"
	"net/http"

	"github.com/arl-cli/arl/internal/batch/bodyfiles"
	"github.com/arl-cli/arl/internal/batch/memory"
	"github.com/arl-cli/arl/internal/sendctx"
)

// An Outcome is what became of a record.
type Outcome int

// The outcomes. A record has exactly one of them.
const (
	NotSent Outcome = iota // the run ended before
	OK                     // a whole response with a status below 400
	Failed                 // anything else that is certain
	Unknown                // it may or may not have been processed, or its result is lost
)

// Done is a record that is through, without what would be large to keep.
type Done struct {
	sendctx.Report

	Line              int // from 1
	Input             string
	API, Method, Path string
	Outcome           Outcome
	Err               *Error          // nil if OK or NotSent
	Status            int             // 0 if there was no response
	Accepted          bool            // NotSent in this run, or its end not awaited: a job of it is known, which a resumed run asks for
	Unchanged         bool            // OK, and without a result: it is what an earlier run has got
	Bytes             int             // of the response's body
	Result            []byte          // its line, if there is one; only while it is observed
	File              *bodyfiles.File // where that is; nil if it is in the result
}

// An entry is one record on its way.
type entry struct {
	req  Request
	hold memory.Lease
	done Done
	line *[]byte // of the result; nil if there is none
	raw  []byte  // the record as it was read, if that is needed
	next *entry  // in its lane

	written   func() // see [Answer]
	input     int    // where it comes from
	bodyLost  bool   // there was a response, and its body is not kept
	elsewhere bool   // it belongs to another shard
}

// judge says what became of a record. stopped means that its sender had been asked to stop.
func judge(a *Answer, stopped bool) (Outcome, *Error) {
	switch {
	case a.Err != nil && a.Err.Kind == KindCancelled && stopped && a.Job != nil:
		return NotSent, nil // a later run asks for the job
	case a.Unknown && a.Job != nil:
		return Unknown, &Error{Kind: KindUnknown, Message: "a job was accepted, and its end is not known: " + reason(a)}
	case a.Unknown:
		return Unknown, &Error{Kind: KindUnknown, Message: "it may or may not have been processed: " + reason(a)}
	case a.Err != nil && a.Err.Kind == KindCancelled && stopped:
		return NotSent, nil
	case a.Err != nil:
		return Failed, a.Err
	case a.Throttled:
		return Failed, &Error{Kind: KindThrottled, Message: reason(a)}
	case a.Status >= http.StatusBadRequest:
		return Failed, &Error{Kind: KindHTTP, Message: reason(a)}
	case a.Status == 0:
		return Unknown, &Error{Kind: KindUnknown, Message: reason(a)}
	case a.Failure != "":
		return Failed, &Error{Kind: KindHTTP, Message: a.Failure}
	}
	return OK, nil
}

// reason says in words why a response is not what one hoped for.
func reason(a *Answer) string {
	switch {
	case a.Err != nil:
		return a.Err.Message
	case a.Status == 0:
		return "no response"
	case http.StatusText(a.Status) == "":
		return fmt.Sprintf("HTTP %d", a.Status)
	}
	return fmt.Sprintf("HTTP %d %s", a.Status, http.StatusText(a.Status))
}

// settle notes what became of e.
func (e *entry) settle(a *Answer, outcome Outcome, err *Error) {
	e.done.Outcome, e.done.Err = outcome, err
	e.done.Status, e.done.Bytes = a.Status, len(a.Body)
	if a.Path != "" {
		e.req.Path = a.Path
	}
	if outcome == OK {
		e.written, e.done.Unchanged = a.Written, a.Unchanged
	}
	e.done.Report = a.Report
}

// shed lets go of all of e that a result does not need.
func (e *entry) shed() {
	r := &e.req
	e.done.Line, e.done.Input = r.Line, r.Input
	e.done.API, e.done.Method, e.done.Path = r.API, r.Method, r.Path
	e.done.Accepted = e.done.Outcome == NotSent && r.Job != nil
	e.req = Request{}
}
