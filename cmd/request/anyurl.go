package request

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/failure"
)

// pathOrURL allows an api and a path, or a URL alone, or for a GraphQL document an api.
func pathOrURL(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
	case config.IsURL(args[0]) && len(args) == 1:
		return nil
	case config.IsURL(args[0]):
		return cli.Usagef(cmp.Or(ghField(c, args[1:]), "`arl batch -` sends many URLs"), "%s: unexpected argument %q after a URL: only one URL can be given", c.CommandPath(), args[1])
	case len(args) == 1 && likeHost(args[0]):
		return cli.Usagef("to fetch a URL, type `"+c.CommandPath()+" https://"+args[0]+"`", "%s: <path> is missing", c.CommandPath())
	case len(args) == 1 && c.Flags().Changed("graphql"):
		return nil
	}
	err := cli.ExactArgs("<api>", "<path>")(c, args)
	if f, ok := errors.AsType[*cli.Error](err); ok {
		f.Hint = cmp.Or(ghField(c, args), f.Hint)
	}
	return err
}

// likeHost reports whether what is typed in the place of an api is rather a URL without its scheme.
func likeHost(s string) bool {
	host, _, _ := strings.Cut(s, "/")
	name, _, port := strings.Cut(host, ":")
	return (strings.Contains(name, ".") || port || name == "localhost") && !strings.ContainsAny(s, " @?")
}

// apiAndPath are the arguments of a request; the api of a URL is empty, and the path of a GraphQL document may be.
func apiAndPath(args []string) (api, path string) {
	switch {
	case len(args) == 2:
		return args[0], args[1]
	case config.IsURL(args[0]):
		return "", args[0]
	}
	return args[0], ""
}

// target is what the profile of a request is found by.
func (o *options) target() string {
	if o.API == "" {
		return o.Path
	}
	return o.API
}

// hintURL says what may be wrong with a URL where a hint for an api would lead astray.
func (o *options) hintURL(f *cli.Error) {
	if o.API != "" {
		return
	}
	switch failure.Classify(f.Err) {
	case failure.DNS, failure.Connect:
		f.Hint = "check the host and the port of the URL, and the network"
	}
}

// ghField is the hint for -f name=value, which is gh's; curl's -f takes no value.
func ghField(c *cobra.Command, args []string) string {
	f := c.Flags().Lookup("fail")
	if f == nil || !f.Changed || !slices.ContainsFunc(args, func(arg string) bool { return strings.Contains(arg, "=") }) {
		return ""
	}
	return "-f is curl's, and takes no value; gh's -f name=value is --raw-field, and its -F is --field"
}
