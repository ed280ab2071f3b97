package apis

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/openapi"
	"github.com/arl-cli/arl/internal/terminal"
)

// openAPIOptions say what an OpenAPI description leaves open.
type openAPIOptions struct{ Name, BaseURL string }

func (o *openAPIOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.Name, "name", "", "Give the profile of an OpenAPI description this `NAME`; the default is its title")
	f.StringVar(&o.BaseURL, "base-url", "", "Join paths to this `URL`; the default is the description's first server")
}

// entries reads what is to be imported: an OpenAPI description, or JSON overrides.
func (o *openAPIOptions) entries(e *cli.Env, file string) ([]config.Entry, error) {
	text, err := e.Read(file)
	if err != nil {
		return nil, err
	}
	if openapi.Is(text) {
		entry, err := o.entry(e, file, text)
		return []config.Entry{entry}, err
	}
	if o.Name != "" || o.BaseURL != "" {
		return nil, cli.Usagef("it has no openapi or swagger field; --name and --base-url apply only to OpenAPI descriptions", "%s is not an OpenAPI description", file)
	}
	return config.ReadOverrides(file, text)
}

// entry makes a profile of a description.
func (o *openAPIOptions) entry(e *cli.Env, file string, text []byte) (config.Entry, error) {
	api, err := openapi.Read(text)
	if err != nil {
		return config.Entry{}, cli.Usagef("nothing was changed", "%s: %v", file, err)
	}
	if o.Name != "" {
		api.Name = o.Name
	}
	if o.BaseURL != "" {
		api.BaseURL = o.BaseURL
	}
	switch {
	case api.Name == "":
		return config.Entry{}, cli.Usagef("choose one with --name", "%s: the description has no title to name the profile after", file)
	case !config.IsURL(api.BaseURL):
		return config.Entry{}, cli.Usagef("such as --base-url https://api.example.com"+api.BaseURL, "%s: the description does not say where the API is", file)
	case strings.Contains(api.BaseURL, "{"):
		return config.Entry{}, cli.Usagef("give it with --base-url", "%s: the server %s has a variable without a default", file, api.BaseURL)
	}
	var keys []string
	for _, s := range api.Settings {
		keys = append(keys, s.Key)
	}
	fmt.Fprintf(e.Err, "arl: %s: read %s\n", terminal.Plain(file), strings.Join(append([]string{"base_url"}, keys...), ", "))
	return config.NewEntry(api.Name, append([]config.Setting{{Key: "base_url", Value: api.BaseURL}}, api.Settings...)...), nil
}

func newAPIsSchemaCmd(e *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of config.yaml",
		Long: `Print the JSON Schema (draft 2020-12) of config.yaml, for editors that complete and
check the file while you write it, and for programs that generate it.`,
		Example: `  arl apis schema > config.schema.json
  arl apis schema | jq '."$defs".profile.properties | keys'
  printf '# yaml-language-server: $schema=%s\n' config.schema.json`,
		Args:              cli.ExactArgs(),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			return cli.WriteJSON(e, config.JSONSchema())
		},
	}
}
