package pagination

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/arl-cli/arl/internal/config"
)

// maxPage bounds one page, in bytes.
const maxPage = 256 << 20

// Of begins the walk of a request for the first page of a list of an API.
func Of(p *config.Profile, first *http.Request, body []byte, cursor string, bound int) (*Walk, error) {
	secret := ""
	if p.Auth != nil && p.Auth.Type == config.AuthQuery && !first.URL.Query().Has(p.Auth.Name) {
		secret = p.Auth.Name
	}
	return Begin(Config{
		Pagination: p.PaginationOf(first, func() []byte { return body }), Cursor: cursor, Owns: p.Owns, Secret: secret, Bound: bound,
		First: Request{Method: first.Method, URL: first.URL, Body: body},
	})
}

// Get gets the next page with a GET, like first.
func (w *Walk) Get(first *http.Request, do func(*http.Request) (*http.Response, error)) (Page, error) {
	req := first.Clone(first.Context())
	req.URL = w.Request().URL
	resp, err := do(req)
	if err != nil {
		return Page{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	switch {
	case err != nil:
		return Page{}, fmt.Errorf("read page %d: %w", w.pages+1, err)
	case resp.StatusCode >= http.StatusBadRequest:
		return Page{}, fmt.Errorf("page %d: HTTP %d %s: %s", w.pages+1, resp.StatusCode, http.StatusText(resp.StatusCode), beginning(body))
	case len(body) > maxPage:
		return Page{}, fmt.Errorf("page %d is larger than %d MiB", w.pages+1, maxPage>>20)
	}
	return w.Take(resp.Request.URL, resp.StatusCode, resp.Header, body)
}

// beginning is what an error shows of a body.
func beginning(body []byte) string {
	return string(bytes.ToValidUTF8(bytes.TrimSpace(body[:min(len(body), 1000)]), nil))
}
