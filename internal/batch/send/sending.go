package send

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/fetch"
)

type recordKey struct{}

// sending is a record on its way, and the context that its requests carry it in.
type sending struct {
	context.Context

	record    *batch.Request
	request   *http.Request // its first, for what is secret in that; not complete before it is made
	complete  time.Time     // when its last response had been read
	list      bool          // its responses are pages, which are needed whole
	whole     bool          // so is its response, for what it says of a job
	noted     bool          // perhaps it has reached the server, and it was not throttled
	processed bool          // what was noted was done; a redirect may still have led to another end
}

// unclear reports whether a record was sent that must not be sent twice, and nobody will learn what
// came of it: its response was not waited for, or what came after it went wrong.
func (s *sending) unclear(a *batch.Answer) bool {
	return s.noted && a.Err != nil || s.processed && a.Status >= http.StatusBadRequest
}

// Value implements context.Context.
func (s *sending) Value(key any) any {
	if key == (recordKey{}) {
		return s
	}
	return s.Context.Value(key)
}

func sendingOf(req *http.Request) *sending {
	s, _ := req.Context().Value(recordKey{}).(*sending)
	return s
}

// receive reads a response's body into the memory of the run, within the attempt.
func receive(resp *http.Response) error {
	s := sendingOf(resp.Request)
	if s == nil {
		return errors.New("response without a record")
	}
	size := resp.ContentLength
	if resp.Body == http.NoBody || resp.Request.Method == http.MethodHead {
		size = 0 // a length may be said all the same
	}
	read := s.record.Read
	if (s.list || s.whole) && resp.StatusCode < http.StatusBadRequest {
		read = s.record.Hold
	}
	b, err := read(resp.Request.Context(), resp.Body, size)
	s.complete = time.Now()
	resp.Body.Close()
	if err != nil && !errors.Is(err, batch.ErrNotKept) { // too large once is too large again: the engine says so
		return fmt.Errorf("read the response: %w", err)
	}
	resp.Body = fetch.NewReceived(b)
	return nil
}
