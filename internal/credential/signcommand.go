package credential

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/arl-cli/arl/internal/httpcheck"
)

// A SignRequest is what a program that signs requests is told on its standard input, as one JSON object.
type SignRequest struct {
	Method     string      `json:"method"`
	URL        string      `json:"url"`
	Headers    http.Header `json:"headers"`
	BodySHA256 string      `json:"body_sha256"` // in hexadecimal digits; that of no bytes without a body
}

// Sign runs a program that signs a request, and returns the headers that it prints, each on a line of its own as
// "Name: value".
func Sign(ctx context.Context, api string, argv []string, r *SignRequest) (http.Header, error) {
	in, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	out, err := RunCommandWith(ctx, api, argv, bytes.NewReader(append(in, '\n')))
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	for line := range strings.Lines(out) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || httpcheck.CheckHeader(name, value) != nil {
			return nil, &CommandError{API: api, Program: argv[0], Problem: `it printed a line that is not a header of the form "Name: value"`}
		}
		h.Add(name, value)
	}
	return h, nil
}
