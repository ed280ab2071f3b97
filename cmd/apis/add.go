package apis

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/terminal"
)

// addHelp is what the help of apis add says before its options.
const addHelp = `Add a profile to config.yaml. The profile is inserted as text: every other byte of
the file stays as it is. Edit the file to change the other fields of the profile.`

// addOptions are the flags of apis add.
type addOptions struct {
	BaseURL   string
	BearerEnv string
	BasicEnv  string
	HeaderEnv string // Name=VAR
	Login     loginFlags
	Header    []string
	Rate      float64
	MaxRate   float64
	Limits    []string
	Note      string
}

func newAPIsAddCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	o := &addOptions{}
	c := &cobra.Command{
		Use:   "add <name> --base-url <url>",
		Short: "Add a profile to config.yaml",
		Long:  addHelp,
		Example: `  arl apis add my-api --base-url https://api.example.com/v1 --bearer-env MY_TOKEN
  arl apis add tickets --base-url https://tickets.example.com --rate 5/s --limit 600/1m
  arl apis add legacy --base-url https://old.example.com --header-env X-Api-Key=OLD_KEY
  arl apis add crm --base-url https://crm.example.com --issuer https://login.example.com --client-id my-program
  arl apis add forge --base-url https://forge.example.com --client-id my-program --token-url https://forge.example.com/token --device-url https://forge.example.com/device`,
		Annotations:       cli.Brief(addHelp, "base-url bearer-env basic-env header-env header rate limit issuer client-id token-url"),
		Args:              cli.ExactArgs("<name>"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(_ *cobra.Command, args []string) error {
			entry, err := o.entry(args[0])
			if err != nil {
				return err
			}
			return insertEntries(e, g, []config.Entry{entry})
		},
	}
	o.addFlags(c.Flags())
	return c
}

func (o *addOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.BaseURL, "base-url", "", "Join paths to this `URL`")
	f.StringVar(&o.BearerEnv, "bearer-env", "", "Read a bearer token from the environment variable `VAR`")
	f.StringVar(&o.BasicEnv, "basic-env", "", "Read user:password from the environment variable `VAR`")
	f.StringVar(&o.HeaderEnv, "header-env", "", "Send the header NAME with the value of the environment variable VAR (`NAME=VAR`)")
	o.Login.addFlags(f)
	f.Var((*cli.StringsValue)(&o.Header), "header", "Send the header `LINE` with every request, such as \"Name: value\"; not for secrets")
	f.Var((*session.RateValue)(&o.Rate), "rate", "Start at `N/s`; also N/m and N/h")
	f.Var((*session.RateValue)(&o.MaxRate), "max-rate", "Never send faster than `N/s`; also N/m and N/h")
	f.Var((*cli.StringsValue)(&o.Limits), "limit", "Never exceed this documented `LIMIT`, such as 600/1m; may be repeated")
	f.StringVar(&o.Note, "note", "", "Keep what the vendor documents about its limits, as `TEXT` for people")
}

// entry is the profile that the flags make.
func (o *addOptions) entry(name string) (config.Entry, error) {
	var settings []config.Setting
	set := func(given bool, key string, value any) {
		if given {
			settings = append(settings, config.Setting{Key: key, Value: value})
		}
	}
	headers, err := o.headers()
	if err != nil {
		return config.Entry{}, err
	}
	auth, err := o.auth()
	if err != nil {
		return config.Entry{}, err
	}
	if o.BaseURL == "" {
		return config.Entry{}, cli.Usagef("such as --base-url https://api.example.com/v1", "arl apis add: --base-url is missing")
	}
	set(true, "base_url", o.BaseURL)
	set(o.Rate > 0, "initial_rate", o.Rate)
	set(o.MaxRate > 0, "max_rate", o.MaxRate)
	set(len(o.Limits) > 0, "limits", o.Limits)
	set(o.Note != "", "documented_limit_desc", o.Note)
	set(len(headers) > 0, "headers", headers)
	set(auth != nil, "auth", auth)
	return config.NewEntry(name, settings...), nil
}

func (o *addOptions) headers() ([]config.Setting, error) {
	var headers []config.Setting
	for _, line := range o.Header {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, cli.Usagef("", "--header must have the form \"Name: value\"")
		}
		if secretName(name) {
			return nil, cli.Usagef("put it into an environment variable, and name the variable with --bearer-env, --basic-env or --header-env", "--header %s: a credential does not belong in config.yaml", name)
		}
		headers = append(headers, config.Setting{Key: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	return headers, nil
}

// secretName reports whether a header is one for credentials.
func secretName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"authorization", "cookie", "token", "secret", "password", "api-key", "apikey"}, func(word string) bool {
		return strings.Contains(name, word)
	})
}

// auth says where the credential is; never what it is.
func (o *addOptions) auth() ([]config.Setting, error) {
	header, headerVar, named := strings.Cut(o.HeaderEnv, "=")
	var auth []config.Setting
	given := 0
	for _, way := range []struct{ kind, variable string }{{"bearer", o.BearerEnv}, {"basic", o.BasicEnv}, {"header", headerVar}} {
		if way.variable == "" {
			continue
		}
		if !isVariable(way.variable) {
			return nil, cli.Usagef("put the credential into an environment variable, and give its name", "this must be the name of an environment variable, such as MY_TOKEN")
		}
		given++
		auth = []config.Setting{{Key: "type", Value: way.kind}}
		if way.kind == "header" {
			auth = append(auth, config.Setting{Key: "name", Value: header})
		}
		auth = append(auth, config.Setting{Key: "env", Value: []string{way.variable}})
	}
	login, err := o.Login.auth()
	if err != nil {
		return nil, err
	}
	if login != nil {
		given++
		auth = login
	}
	switch {
	case o.HeaderEnv != "" && (!named || headerVar == ""):
		return nil, cli.Usagef("such as --header-env X-Api-Key=MY_KEY", "--header-env must be NAME=VAR")
	case given > 1:
		return nil, cli.Usagef("", "only one of --bearer-env, --basic-env, --header-env and a login (--issuer, --token-url) can be used")
	}
	return auth, nil
}

// isVariable tells the name of a variable from a token that was given in its place.
func isVariable(name string) bool {
	return len(name) <= 60 && strings.IndexFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0 && (name[0] < '0' || name[0] > '9')
}

func newAPIsImportCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	o := &openAPIOptions{}
	c := &cobra.Command{
		Use:   "import <file>",
		Short: "Add profiles from an OpenAPI description, or from JSON, to config.yaml",
		Long: `Add profiles to config.yaml, from one of these files (- for standard input):

  An OpenAPI description (2.0, 3.0 or 3.1, YAML or JSON). The profile gets its
  base_url, auth, POSTs that only read, pagination if the description is clear
  about it, and paths for completion.

  A JSON object of profiles: {"name": {"base_url": "https://..."}, ...}. With
  the name of a built-in profile, base_url may be left out, and the given fields
  change that profile.

Either everything in the file is inserted, or nothing. Every other byte of
config.yaml stays as it is.`,
		Example: `  arl apis import openapi.yaml
  arl apis import openapi.json --name crm --base-url https://crm.example.com/v2
  echo '{"notion": {"max_rate": 3}}' | arl apis import -`,
		Args:              cli.ExactArgs("<file>"),
		ValidArgsFunction: session.CompleteFiles("json", "yaml", "yml"),
		RunE: func(_ *cobra.Command, args []string) error {
			entries, err := o.entries(e, args[0])
			if cli.Is[*config.Error](err) {
				return cli.Usagef("nothing was changed", "%v", err)
			}
			if err != nil {
				return err
			}
			if len(entries) == 0 {
				fmt.Fprintf(e.Err, "arl: %s holds no profiles\n", terminal.Plain(args[0]))
				return nil
			}
			return insertEntries(e, g, entries)
		},
	}
	o.addFlags(c.Flags())
	return c
}

func readOverrides(e *cli.Env, file string) ([]config.Entry, error) {
	text, err := e.Read(file)
	if err != nil {
		return nil, err
	}
	return config.ReadOverrides(file, text)
}

// insertEntries adds profiles to the configuration.
func insertEntries(e *cli.Env, g *cli.GlobalOptions, entries []config.Entry) error {
	path := g.Config
	if path == "" {
		path = config.FindPaths(e.Getenv).ConfigFile()
	}
	if path == "" {
		return cli.Usagef("set HOME or ARL_CONFIG_DIR, or use --config FILE", "there is no home directory for config.yaml")
	}
	err := config.Insert(path, entries...)
	var byHand *config.InsertError
	var wrong *config.Error
	switch {
	case errors.As(err, &byHand):
		return cli.Usagef("nothing was changed", "%v", err)
	case errors.As(err, &wrong):
		return cli.Usagef("nothing was changed", "%v", err)
	case err != nil:
		return err
	}
	r, err := config.Load(path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		p, err := r.Profile(entry.Name)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.Err, "arl: added %s at %s\n", terminal.Plain(entry.Name), terminal.Plain(p.Place("").String()))
		noteBuiltIn(e, p)
	}
	return nil
}

// noteBuiltIn says that an entry is not all of a profile, and where the built-in credential now goes.
func noteBuiltIn(e *cli.Env, p *config.Profile) {
	was, err := config.NewRegistry().Profile(p.Name)
	if err != nil {
		return
	}
	fmt.Fprintf(e.Err, "arl: note: it changes the built-in profile %s; what it does not name stays as it was\n", terminal.Plain(p.Name))
	if p.BaseURL != was.BaseURL && p.Auth != nil && p.Place("auth").BuiltIn {
		fmt.Fprintf(e.Err, "arl: warning: the credential of %s will be sent to %s\n", terminal.Plain(p.Name), terminal.Plain(p.BaseURL))
	}
}

// checkFile checks a configuration, or a file of JSON overrides.
func checkFile(e *cli.Env, file string) error {
	if strings.HasSuffix(strings.ToLower(file), ".json") {
		entries, err := readOverrides(e, file)
		if err == nil {
			fmt.Fprintf(e.Err, "arl: %s: %s to import, all good\n", terminal.Plain(file), terminal.Quantity(int64(len(entries)), "profile"))
		}
		return err
	}
	if _, err := os.Stat(file); err != nil {
		return cli.Usagef("", "read the configuration: %v", err)
	}
	r, err := config.Load(file)
	if err == nil {
		err = r.Check()
	}
	if err == nil {
		fmt.Fprintf(e.Err, "arl: %s: %s, all good\n", terminal.Plain(file), terminal.Quantity(int64(len(r.Names())), "profile"))
	}
	return err
}
