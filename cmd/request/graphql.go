package request

import (
	"net/http"
	"strings"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
)

// defaultPath is the path of a GraphQL document that is sent without one: the only one that the profile names.
func (o *options) defaultPath(p *config.Profile) error {
	if !o.pathless {
		return nil
	}
	if len(p.GraphQL) != 1 || strings.Contains(p.GraphQL[0], "*") {
		return cli.Usagef("arl post "+o.API+" /graphql --graphql FILE", "<path> is missing: the profile %s does not have exactly one path under graphql", o.API)
	}
	o.Path = p.GraphQL[0]
	return nil
}

// checkGraphQL rejects what a GraphQL document cannot be sent with.
func (o *options) checkGraphQL(method string) error {
	switch {
	case o.GraphQL == "":
		return nil
	case len(o.Data) > 0 || len(o.Form) > 0 || o.Upload != "":
		return cli.Usagef("use --field and --raw-field to set the variables of the document", "only one of --graphql, -d, --json, -F and -T can be used: each sets the body")
	case o.Get || o.Head || method != "" && method != http.MethodPost || o.methodGiven && o.Method != http.MethodPost:
		return cli.Usagef("arl post API PATH --graphql FILE", "--graphql is sent with POST")
	}
	return nil
}
