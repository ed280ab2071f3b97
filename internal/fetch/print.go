package fetch

import (
	"io"
	"net/http"
)

// A Printer writes the body of a response. What is wrong with the response, rather than with reading it
// or writing it, is a [*PrintError].
type Printer func(w io.Writer, resp *http.Response, body io.Reader) error
