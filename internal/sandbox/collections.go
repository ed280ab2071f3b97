package sandbox

import (
	"net/http"
	"path"
	"strconv"
	"strings"
)

// collections are the lists that an API is known for: a method, and a path below the base as [path.Match] has it.
// They are there so that a client's real calls find what they look for.
func collections(name string) []string {
	switch name {
	case "notion":
		return []string{"POST /search", "POST /data_sources/*/query", "POST /databases/*/query", "GET /users", "GET /blocks/*/children"}
	case "vanta":
		return []string{"GET /controls"}
	case "fieldguide":
		return []string{"GET /engagements"}
	case "airtable":
		return []string{"GET /*/*"}
	case "slack":
		return []string{"GET /*.list", "POST /*.list"}
	case "github":
		return []string{"GET /repos/*/*/issues"}
	case "openai":
		return []string{"GET /models", "GET /files", "GET /batches", "GET /vector_stores", "GET /fine_tuning/jobs", "GET /chat/completions"}
	}
	return nil
}

// isList reports whether a request is for a list: below the base, one of the API's own, or any path that ends in
// /list.
func (s *Server) isList(r *http.Request) bool {
	below, ok := strings.CutPrefix(r.URL.Path, s.config.Base)
	if !ok {
		return false
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if strings.HasSuffix(below, "/list") {
		return method == http.MethodGet || method == http.MethodPost
	}
	for _, c := range collections(s.config.Pages) {
		if of, pattern, _ := strings.Cut(c, " "); of == method {
			if found, _ := path.Match(pattern, below); found {
				return true
			}
		}
	}
	return false
}

// newItem is the n-th item of a list, counted from 1, with what items of that API are read for.
func newItem(pages string, n int) listItem {
	id := strconv.Itoa(n)
	item := listItem{ID: id, Path: "/items/" + id}
	switch pages {
	case "github":
		item.Number, item.Title = n, "Issue "+id
	case "airtable":
		item.Fields = object{"Name": "Row " + id}
	case "vanta", "fieldguide", "slack":
		item.Name = "Item " + id
	}
	return item
}
