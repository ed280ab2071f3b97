package config

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/arl-cli/arl/internal/graphql"
	"github.com/arl-cli/arl/internal/rawjson"
	"github.com/arl-cli/arl/internal/sendctx"
)

// IsGraphQL reports whether a request is a GraphQL document: the caller says so, see [sendctx.Call], or it is a
// POST to a path of the profile's graphql.
func (p *Profile) IsGraphQL(req *http.Request) bool {
	if req.Method != http.MethodPost || !p.Owns(req.URL) {
		return false
	}
	if sendctx.Of(req.Context()).GraphQL {
		return true
	}
	if len(p.GraphQL) == 0 {
		return false
	}
	m := p.built()
	return matchAny(m.graphQL, m.below(req.URL.EscapedPath()))
}

// maxDocument is how much of a body is looked at for its document.
const maxDocument = 8 << 20

// onlyQueries reports whether a request is a GraphQL document without a mutation.
func (p *Profile) onlyQueries(req *http.Request) bool {
	if req.GetBody == nil || !p.IsGraphQL(req) {
		return false
	}
	r, err := req.GetBody()
	if err != nil {
		return false
	}
	defer r.Close()
	body, err := io.ReadAll(io.LimitReader(r, maxDocument))
	if err != nil || !json.Valid(body) {
		return false
	}
	d, err := GraphQLDocument(body)
	return err == nil && d.OnlyReads()
}

// GraphQLDocument reads the document that a JSON body sends.
func GraphQLDocument(body []byte) (graphql.Document, error) {
	text := ""
	if member := rawjson.Member(body, "query"); len(member) > 0 && member[0] == '"' {
		text, _ = rawjson.Text(member)
	}
	return graphql.Parse(text)
}

// PaginationOf says how the pages of a request's list follow each other: as its bucket says, else for a GraphQL
// document by its pageInfo, else as the profile says. body returns the beginning of its body.
func (p *Profile) PaginationOf(req *http.Request, body func() []byte) *Pagination {
	if i, _ := p.BucketOf(req, body); i >= 0 && p.Buckets[i].Pagination != nil {
		return p.Buckets[i].Pagination
	}
	if p.IsGraphQL(req) {
		return &Pagination{Style: PageGraphQL}
	}
	return p.Pagination
}
