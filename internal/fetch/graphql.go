package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/arl-cli/arl/internal/graphql"
	"github.com/arl-cli/arl/internal/input"
)

// GraphQLText returns the document that --graphql names: itself, if it has a brace; what in is, for -; else what is in
// the file, which may have an @ before it. It is an [InputError] if that is no document.
func GraphQLText(value string, in io.Reader) (string, error) {
	text := value
	if name, ok := GraphQLFile(value); ok {
		var err error
		if text, err = readDocument(name, in); err != nil {
			return "", err
		}
	}
	text = strings.TrimPrefix(text, "\ufeff")
	if _, err := graphql.Parse(text); err != nil {
		return "", input.Wrap(err)
	}
	return text, nil
}

// GraphQLFile returns the file that --graphql names; false if it is a document itself.
func GraphQLFile(value string) (name string, ok bool) {
	if name, ok = strings.CutPrefix(value, "@"); ok {
		return name, true
	}
	return value, value != "" && !strings.Contains(value, "{")
}

func readDocument(name string, in io.Reader) (string, error) {
	b, err := input.ReadFile(name, in)
	if errors.Is(err, os.ErrNotExist) {
		return "", input.Errorf("--graphql: there is no file %q (a document on the command line has braces, as in { viewer { login } })", name)
	}
	return string(b), err
}

// graphQLPayload makes the body of a GraphQL request: the document, and the fields as its variables. operationName says
// which of several operations is meant.
func (o *Options) graphQLPayload(in io.Reader) (payload, error) {
	document, err := GraphQLText(o.GraphQL, in)
	if err != nil {
		return payload{}, err
	}
	variables := make(map[string]any)
	for _, f := range o.Fields {
		if err := f.into(variables, in); err != nil {
			return payload{}, err
		}
	}
	body := struct {
		Query         string         `json:"query"`
		OperationName any            `json:"operationName,omitempty"`
		Variables     map[string]any `json:"variables,omitempty"`
	}{Query: document, OperationName: variables[operationName]}
	delete(variables, operationName)
	body.Variables = variables
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return payload{}, input.Wrap(err)
	}
	p := payload{body: bytes.TrimSuffix(b.Bytes(), []byte("\n")), json: true}
	return p, o.addURLQuery(&p, in)
}

// operationName is the field that is no variable.
const operationName = "operationName"
