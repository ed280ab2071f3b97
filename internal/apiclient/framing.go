package apiclient

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/arl-cli/arl/pkg/limiter"
)

// frame does what the headers ask for that net/http leaves out of what it sends: Host and Transfer-Encoding belong to
// the request itself, and Content-Length has to be the body's. What cannot be done is a [*limiter.UnsendableError].
func frame(req *http.Request) error {
	for _, header := range [...]struct {
		name  string
		apply func(req *http.Request, values []string) error
	}{
		{"Host", frameHost}, {"Transfer-Encoding", frameEncoding}, {"Content-Length", frameLength}, {"Trailer", frameTrailer},
	} {
		values, ok := req.Header[header.name]
		if !ok {
			continue
		}
		if err := header.apply(req, values); err != nil && !bodyGone(req) {
			return &limiter.UnsendableError{Err: err}
		}
		req.Header = maps.Clone(req.Header) // others may have the same
		delete(req.Header, header.name)
	}
	return nil
}

// bodyGone reports whether a redirect has turned a request into one without a body: what the headers say of that is
// no longer true.
func bodyGone(req *http.Request) bool { return req.Response != nil && !hasBody(req) }

func frameHost(req *http.Request, values []string) error {
	if len(values) != 1 || values[0] == "" {
		return errors.New("the header Host cannot be left out, empty or there twice")
	}
	req.Host = values[0]
	return limiter.CheckHost(req.Host)
}

func frameEncoding(req *http.Request, values []string) error {
	switch body := hasBody(req); {
	case len(values) == 0 && (!body || req.ContentLength >= 0):
	case len(values) == 0:
		return errors.New("the header Transfer-Encoding cannot be left out: the body's length is not known")
	case len(values) > 1 || !strings.EqualFold(values[0], "chunked"):
		return errors.New("the header Transfer-Encoding can only be chunked")
	case !body:
		return errors.New("the header Transfer-Encoding needs a body")
	default:
		req.ContentLength, req.TransferEncoding = -1, []string{"chunked"}
	}
	return nil
}

// frameLength accepts the length that is sent anyway. In chunks none is sent.
func frameLength(req *http.Request, values []string) error {
	size := strconv.FormatInt(req.ContentLength, 10)
	switch body := hasBody(req); {
	case len(values) == 0 && (!body || req.TransferEncoding != nil):
	case len(values) == 0:
		return errors.New("the header Content-Length cannot be left out; Transfer-Encoding: chunked does so")
	case req.ContentLength < 0:
		return errors.New("the header Content-Length does not go with a body that is sent in chunks")
	case len(values) != 1 || values[0] != size:
		return fmt.Errorf("the header Content-Length is not the body's, which has %s bytes", size)
	}
	return nil
}

func frameTrailer(_ *http.Request, values []string) error {
	if len(values) > 0 {
		return errors.New("the header Trailer cannot be sent: no trailers follow")
	}
	return nil
}

func hasBody(req *http.Request) bool { return req.Body != nil && req.Body != http.NoBody }
