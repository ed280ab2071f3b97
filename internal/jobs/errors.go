package jobs

import (
	"fmt"
	"net/http"
	"strings"
)

// A NoURLError says that a response accepted a job and did not say where its state is.
type NoURLError struct {
	Status int
	Header []string
}

// Error implements error.
func (e *NoURLError) Error() string {
	where := "the response"
	if len(e.Header) > 0 {
		where += " (" + strings.Join(e.Header, ", ") + ")"
	}
	return fmt.Sprintf("HTTP %d accepted a job, and %s does not say where its state is", e.Status, where)
}

// A URLError says that what a server names is no URL that a job can be at.
type URLError struct{ Text string }

// Error implements error.
func (e *URLError) Error() string {
	text := e.Text
	if len(text) > 200 {
		text = text[:200]
	}
	return fmt.Sprintf("the job's URL %q is not an HTTP URL", text)
}

// A StateError says that the state of a job could not be had.
type StateError struct{ Status int }

// Error implements error.
func (e *StateError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", e.Status, http.StatusText(e.Status)))
}

// Gone reports whether the server does not know the job any more.
func (e *StateError) Gone() bool {
	return e.Status == http.StatusNotFound || e.Status == http.StatusGone
}

// A FailedError says that the server has given the job up.
type FailedError struct{}

// Error implements error.
func (e *FailedError) Error() string { return "the job has failed" }

// A CircleError says that the URL of a job has become one that it had before.
type CircleError struct{ Length int }

// Error implements error.
func (e *CircleError) Error() string {
	return fmt.Sprintf("its URL leads in a circle of %d", e.Length)
}
