package oauth

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
)

// transport writes token requests in the format that the server wants, and reads responses whatever their format.
type transport struct {
	send  http.RoundTripper
	json  bool
	agent []string
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		return t.send.RoundTrip(t.marked(req))
	}
	text, err := io.ReadAll(req.Body)
	req.Body.Close()
	if err != nil {
		return nil, err
	}
	sent := t.marked(req)
	if t.json {
		if text, err = jsonOf(string(text)); err != nil {
			return nil, err
		}
		sent.Header.Set("Content-Type", "application/json")
	}
	sent.ContentLength = int64(len(text))
	sent.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	sent.Body, _ = sent.GetBody()
	resp, err := t.send.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	if err := readToken(resp); err != nil {
		return nil, err
	}
	return resp, nil
}

// marked is a copy of a request with the headers that all have.
func (t *transport) marked(req *http.Request) *http.Request {
	sent := req.Clone(req.Context())
	sent.Header.Set("Accept", "application/json")
	sent.Header["User-Agent"] = t.agent
	return sent
}

// jsonOf converts a form to a JSON object.
func jsonOf(form string) ([]byte, error) {
	values, err := url.ParseQuery(form)
	if err != nil {
		return nil, err
	}
	object := make(map[string]string, len(values))
	for name := range values {
		object[name] = values.Get(name)
	}
	return json.Marshal(object)
}
