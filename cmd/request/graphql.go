package request

import (
	"net/http"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

// checkGraphQL rejects what a GraphQL document cannot be sent with.
func (o *options) checkGraphQL(method string) error {
	switch {
	case o.GraphQL == "":
		return nil
	case len(o.Data) > 0 || len(o.Form) > 0 || o.Upload != "":
		return cli.Usagef("--field and --raw-field are its variables", "--graphql makes the body, as -d, --json, -F and -T do: only one of them can")
	case o.Get || o.Head || method != "" && method != http.MethodPost || o.methodGiven && o.Method != http.MethodPost:
		return cli.Usagef("arl post API PATH --graphql FILE", "--graphql is sent with POST")
	}
	return nil
}
