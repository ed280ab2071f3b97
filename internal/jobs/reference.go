package jobs

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/jq"
	"github.com/arl-cli/arl/internal/uritemplate"
)

// reference returns the URL that a response names; nil if it names none.
func (j *Job) reference(ctx context.Context, ref *config.CompiledReference, r *Response) (*url.URL, error) {
	value, err := valueOf(ctx, ref, r)
	if err != nil || value == "" {
		return nil, err
	}
	if ref.Template == nil {
		return j.resolve(r.URL, value)
	}
	path, err := ref.Template.Append(nil, func(uritemplate.Ref) (uritemplate.Value, error) { return uritemplate.Text(value), nil })
	if err != nil {
		return nil, err
	}
	return j.profile.URL(string(path))
}

// valueOf is what a response says: the first of the headers that it has, or what the expression makes of its body.
func valueOf(ctx context.Context, ref *config.CompiledReference, r *Response) (string, error) {
	for _, name := range ref.Header {
		if value := strings.TrimSpace(r.Header.Get(name)); value != "" {
			return value, nil
		}
	}
	if ref.JSON == nil {
		return "", nil
	}
	value, err := evaluate(ctx, ref.JSON, r.Body)
	switch {
	case err != nil:
		return "", fmt.Errorf("the response does not contain its URL: %w", err)
	case value == nil || string(value) == "null":
		return "", nil
	}
	if text, ok := jq.Text(value); ok {
		return text, nil
	}
	if c := value[0]; c == '{' || c == '[' || c == 't' || c == 'f' {
		return "", &URLError{Text: string(value)}
	}
	return string(value), nil // a number, for a template
}

// resolve returns a URL that a server named, as a redirect has it. A credential in it is the server's, not ours.
func (j *Job) resolve(base *url.URL, text string) (*url.URL, error) {
	u, err := base.Parse(config.EscapeReference(text))
	if err != nil || text == "" || !sendable(u) {
		return nil, &URLError{Text: text}
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u, nil
}

func sendable(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
