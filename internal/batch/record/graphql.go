package record

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/arl-cli/arl/internal/graphql"
	"github.com/arl-cli/arl/internal/rawjson"
)

// graphQL makes the body of a document and its variables.
func (p *parser) graphQL(r *Request, f *fields) error {
	if f.graphQL[0] != '"' {
		return errors.New(`"graphql" is not a string`)
	}
	document, err := rawjson.Text(f.graphQL)
	if err != nil {
		return err
	}
	if _, err := graphql.Parse(document); err != nil {
		return fmt.Errorf(`"graphql": %w`, err)
	}
	if f.variables != nil && f.variables[0] != '{' {
		return errors.New(`"variables" is not an object`)
	}
	if f.method != nil && r.Method != http.MethodPost {
		return errors.New(`"graphql" needs the method POST`)
	}
	if err := p.grow(int64(len(f.graphQL) + len(f.variables))); err != nil {
		return err
	}
	body := append([]byte(`{"query":`), f.graphQL...)
	if f.variables != nil {
		body = append(append(body, `,"variables":`...), f.variables...)
	}
	r.json(append(body, '}'))
	r.GraphQL = true
	return nil
}
