package proxy

import (
	"bytes"
	"io"
	"net/http"
)

// maxBody is how much of a body is held so that it can be sent again, in bytes.
const maxBody = 1 << 20

// buffer reads the body of a request as far as it is held. If that is all of it, the request can be repeated;
// otherwise what follows is streamed, once.
func buffer(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength > maxBody {
		return nil
	}
	held, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return err
	}
	if len(held) > maxBody {
		r.Body = &rest{io.MultiReader(bytes.NewReader(held), r.Body), r.Body}
		return nil
	}
	r.ContentLength = int64(len(held))
	r.TransferEncoding = nil
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(held)), nil }
	r.Body, err = r.GetBody()
	return err
}

// rest is a body of which something was read already.
type rest struct {
	io.Reader
	io.Closer
}
