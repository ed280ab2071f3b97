package pagination

import (
	"errors"
	"fmt"
)

// ErrUnknownStyle says that nothing tells how the next page is asked for.
var ErrUnknownStyle = errors.New("the profile has no pagination and the response no Link header, so it is unknown whether there are more pages")

// A LoopError says that a list goes in a circle.
type LoopError struct{ Why string }

// Error implements error.
func (e *LoopError) Error() string { return "the list goes in a circle: " + e.Why }

// A ForeignError says that the next page is said to be at another origin. It was not asked for it.
type ForeignError struct{ Origin string }

// Error implements error.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("the next page is said to be at %s, which is not the API's own origin: nothing was sent there", e.Origin)
}

// A NotListError says that a response is no page of a list.
type NotListError struct {
	Why  string
	Body string // its beginning
}

// Error implements error.
func (e *NotListError) Error() string {
	if e.Body == "" {
		return "the response is not a page of a list: " + e.Why
	}
	return fmt.Sprintf("the response is not a page of a list: %s: %s", e.Why, e.Body)
}

// excerpt is how much of a response an error shows, in bytes.
const excerpt = 300

func notList(body []byte, format string, args ...any) error {
	e := &NotListError{Why: fmt.Sprintf(format, args...), Body: string(body[:min(len(body), excerpt)])}
	if len(body) > excerpt {
		e.Body += "..."
	}
	return e
}

// A CursorError says that a list cannot be begun where it was asked to.
type CursorError struct{ Why string }

// Error implements error.
func (e *CursorError) Error() string { return e.Why }

// An EndlessError says that a list has more pages than are asked for where nothing else is said.
type EndlessError struct{ Pages int }

// Error implements error.
func (e *EndlessError) Error() string {
	return fmt.Sprintf("the list has more than %d pages (see --max-pages)", e.Pages)
}
