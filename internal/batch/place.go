package batch

import (
	"errors"
	"net/http"

	"github.com/arl-cli/arl/internal/batch/bodyfiles"
	"github.com/arl-cli/arl/internal/batch/memory"
)

// place makes an error of a response that cannot be kept. If its file cannot be written, neither can others.
func (e *Engine) place(en *entry, a *Answer) {
	err := en.place(a)
	if err != nil && en.done.Outcome != Unknown {
		en.outgrow(a, err)
	}
	if _, ok := errors.AsType[*memory.DirError](err); ok {
		e.stop(err)
	}
}

// place puts the file of a response in its place, if it goes to one and is complete.
func (e *entry) place(a *Answer) error {
	part, why := e.hold.Part, e.hold.Outgrown
	switch {
	case why != nil && (a.Err == nil || errors.Is(why, memory.ErrPatience)):
		return why
	case part == nil:
		return nil
	case a.Err != nil || a.Status == 0 || e.done.Outcome == NotSent || e.done.Unchanged:
		e.hold.Discard()
		return nil
	}
	e.hold.Part, a.Body = nil, nil
	header := a.Header
	if a.List != nil && a.Status < http.StatusBadRequest {
		header = http.Header{"Content-Type": {"application/x-ndjson"}}
	}
	file, err := part.Keep(bodyfiles.Answer{
		ID: e.req.ID, Line: e.req.Line, Occurrence: e.req.Occurrence, Request: e.req.SHA256, Header: header,
	})
	if err != nil {
		return memory.Unwritten(err)
	}
	e.done.File, e.done.Bytes = file, int(file.Size)
	return nil
}
