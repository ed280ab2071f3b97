package apiclient

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/arl-cli/arl/internal/httpcheck"
)

// frame applies the headers that net/http takes from fields of the request instead: Host and Transfer-Encoding are
// fields, and Content-Length must match the body. What cannot be applied is a [*httpcheck.UnsendableError].
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
			return &httpcheck.UnsendableError{Err: err}
		}
		req.Header = maps.Clone(req.Header) // it may be shared
		delete(req.Header, header.name)
	}
	return nil
}

// bodyGone reports whether a redirect has removed the body, so that the headers about it no longer apply.
func bodyGone(req *http.Request) bool { return req.Response != nil && !hasBody(req) }

func frameHost(req *http.Request, values []string) error {
	if len(values) != 1 || values[0] == "" {
		return errors.New("the header Host must have exactly one value")
	}
	req.Host = values[0]
	return httpcheck.CheckHost(req.Host)
}

func frameEncoding(req *http.Request, values []string) error {
	switch body := hasBody(req); {
	case len(values) == 0 && (!body || req.ContentLength >= 0):
	case len(values) == 0:
		return errors.New("the header Transfer-Encoding cannot be removed: the length of the body is not known")
	case len(values) > 1 || !strings.EqualFold(values[0], "chunked"):
		return errors.New("the header Transfer-Encoding can only be chunked")
	case !body:
		return errors.New("the header Transfer-Encoding needs a body")
	default:
		req.ContentLength, req.TransferEncoding = -1, []string{"chunked"}
	}
	return nil
}

// frameLength accepts the length that is sent anyway; a chunked body has none.
func frameLength(req *http.Request, values []string) error {
	size := strconv.FormatInt(req.ContentLength, 10)
	switch body := hasBody(req); {
	case len(values) == 0 && (!body || req.TransferEncoding != nil):
	case len(values) == 0:
		return errors.New("the header Content-Length cannot be removed, except by Transfer-Encoding: chunked")
	case req.ContentLength < 0:
		return errors.New("the header Content-Length cannot be combined with a chunked body")
	case len(values) != 1 || values[0] != size:
		return fmt.Errorf("the header Content-Length does not match the body, which has %s bytes", size)
	}
	return nil
}

func frameTrailer(_ *http.Request, values []string) error {
	if len(values) > 0 {
		return errors.New("the header Trailer is not supported")
	}
	return nil
}

func hasBody(req *http.Request) bool { return req.Body != nil && req.Body != http.NoBody }
