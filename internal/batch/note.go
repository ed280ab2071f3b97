package batch

import (
	"time"

	"github.com/arl-cli/arl/internal/batch/resume"
)

// AppendNote appends a line that recognises a record that is about to be sent. What [UnknownResult]
// makes of it is the record's result if nothing more is ever heard of it.
func AppendNote(dst []byte, r *Request) []byte {
	return append(appendRequest(append(dst, '{'), r), '}', '\n')
}

// AppendAccepted appends a line that says what job a record has begun: it is not to be sent again, but asked for.
func AppendAccepted(dst []byte, r *Request, j *Job) []byte {
	return append(resume.AppendJob(appendRequest(append(dst, '{'), r), j), '}', '\n')
}

// AppendSettled appends a line that takes the note of a record back: it was not processed.
func AppendSettled(dst []byte, r *Request) []byte {
	return append(appendRequest(append(dst, `{"settled":true,`...), r), '}', '\n')
}

// UnknownResult makes the result of a record, with the end of its line, of its note without one, which was found at some
// time.
func UnknownResult(note []byte, at time.Time) []byte {
	const why = "it was sent, and the run ended before its response was kept"
	out := append([]byte(nil), note[:len(note)-1]...)
	out = appendAt(append(out, `,"ok":false`...), at)
	out = append(out, `,"error":{"kind":"`+KindUnknown+`","message":"`+why+`"}}`...)
	return append(out, '\n')
}
