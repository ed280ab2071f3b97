package batch

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/arl-cli/arl/internal/batch/memory"
)

// work sends the records of one lane, until none is left. Its requests hang on a context of the
// worker's own: on a common one they would queue to come and go.
func (e *Engine) work(l *lane) {
	sending, cancel := context.WithCancel(e.sending)
	defer cancel()
	for en := e.next(l); en != nil; en = e.next(l) {
		if e.budget.Start(e.stopping, &en.hold) != nil {
			en.shed()
			e.sink.add(en) // not sent
			continue
		}
		answer := e.cfg.Sender.Send(sending, &en.req)
		if answer.Later != nil {
			e.later(en, &answer)
			continue
		}
		if answer.At.IsZero() {
			answer.At = time.Now()
		}
		outcome, err := judge(&answer, e.stopping.Err() != nil)
		en.settle(&answer, outcome, err)
		e.place(en, &answer)
		e.checkStopConditions(&en.req, &answer)
		e.finish(en, &answer)
	}
}

// later sets a record aside whose job is not done; at the end of the run it is one that was accepted.
func (e *Engine) later(en *entry, a *Answer) {
	if e.park(en, a.Later) {
		return
	}
	en.done.Attempts = a.Attempts
	en.shed()
	e.sink.add(en)
}

func (e *Engine) next(l *lane) *entry {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lanes.pop(l)
}

// checkStopConditions stops the run if a response says that going on is of no use.
func (e *Engine) checkStopConditions(r *Request, a *Answer) {
	api := r.API
	if r.Origin != "" {
		if !e.cfg.StopOrigins {
			return // of many hosts, one that fails or asks for a credential says nothing of the others
		}
		api = ""
	}
	switch {
	case e.denied.stops(api, a, e.cfg.MaxDenied):
		e.stop(StopDenied)
	case r.Origin != "":
	case a.Err != nil && a.Err.Kind == KindCircuitOpen:
		e.stop(StopOutage)
	}
}

// finish makes the result of an entry that is through, and passes it on.
func (e *Engine) finish(en *entry, a *Answer) {
	bad := en.done.Outcome == Failed || en.done.Outcome == Unknown
	switch {
	case en.done.Outcome == NotSent:
	case en.done.Unchanged && en.done.Outcome == OK:
		a.Body = nil
		en.hold.Keep(0)
	default:
		e.encode(en, a)
	}
	en.shed()
	e.sink.add(en)
	if bad && e.tooMany() {
		e.stop(StopFailures)
	}
}

// tooMany counts a failure, and reports whether it is one too many.
func (e *Engine) tooMany() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bad++
	return e.cfg.MaxFailures > 0 && e.bad >= e.cfg.MaxFailures
}

// encode writes the line of a result, without the body if both have no room.
func (e *Engine) encode(en *entry, a *Answer) {
	body := formOf(a.Body, a.Header)
	room := lineSize(en, a, body, e.cfg.Headers)
	if err := en.hold.Need(e.sending, en.hold.Body(a.Body)+room); err != nil {
		en.outgrow(a, err)
		body = asNothing
	}
	line := e.buffer(room)
	*line = appendResult(*line, en, a, body, e.cfg.Headers)
	en.line = line
	a.Body = nil
	en.hold.Keep(int64(cap(*line)))
}

// outgrow makes an error of a response that cannot be kept. The record must not be sent again if that
// would repeat what was done.
func (en *entry) outgrow(a *Answer, why error) {
	a.Body, en.bodyLost = nil, true
	en.hold.Keep(0)
	if a.Err == nil && en.done.Err != nil { // an error response is one without its body too
		en.done.Err = &Error{Kind: en.done.Err.Kind, Message: en.done.Err.Message + ", and " + why.Error()}
		return
	}
	en.done.Outcome = Failed
	en.done.Err = &Error{Kind: KindRead, Message: why.Error()}
	if _, ok := errors.AsType[*memory.DirError](why); ok {
		en.done.Err.Kind = KindWrite
	}
	repeatable := en.req.Method != http.MethodPost && en.req.Method != http.MethodPatch
	if a.Status != 0 && a.Status < http.StatusBadRequest && !repeatable {
		en.done.Outcome = Unknown
		en.done.Err = &Error{Kind: KindUnknown, Message: reason(a) + ", but " + why.Error()}
	}
}
