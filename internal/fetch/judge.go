package fetch

import (
	"io"
	"net/http"

	"github.com/arl-cli/arl/internal/apiclient"
)

// mostJudged is how much of a body is looked at for whether it tells of a failure, in bytes.
const mostJudged = 16 << 20

// A judge keeps the beginning of a body that passes through it, to find out at its end whether the response was a failure.
type judge struct {
	io.Reader
	body io.Closer
	head []byte
}

// judged returns what keeps the body of a response that may be a failure in spite of its status; nil for others.
func judged(c *apiclient.Client, resp *http.Response) *judge {
	if resp.StatusCode >= http.StatusBadRequest || !c.Profile().MayFail(resp.StatusCode, resp.Header) {
		return nil
	}
	j := &judge{Reader: resp.Body, body: resp.Body}
	resp.Body = j
	return j
}

// Read implements io.Reader.
func (j *judge) Read(p []byte) (int, error) {
	n, err := j.Reader.Read(p)
	j.head = append(j.head, p[:min(n, mostJudged-len(j.head))]...)
	return n, err
}

// Close implements io.Closer.
func (j *judge) Close() error { return j.body.Close() }

// verdict returns what the response says went wrong; empty if it is no failure.
func (j *judge) verdict(c *apiclient.Client, resp *http.Response) string {
	if j == nil {
		return ""
	}
	return c.Failure(resp.StatusCode, resp.Header, j.head)
}
