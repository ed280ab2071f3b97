// Package cmd is arl's command line: the root command, help, manual pages and completions. Each verb is a package below.
package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/apis"
	"github.com/arl-cli/arl/cmd/auth"
	"github.com/arl-cli/arl/cmd/batch"
	"github.com/arl-cli/arl/cmd/cache"
	"github.com/arl-cli/arl/cmd/doctor"
	"github.com/arl-cli/arl/cmd/exec"
	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/proxy"
	"github.com/arl-cli/arl/cmd/rates"
	"github.com/arl-cli/arl/cmd/request"
	"github.com/arl-cli/arl/cmd/sandbox"
	"github.com/arl-cli/arl/cmd/throttle"
	"github.com/arl-cli/arl/cmd/verify"
	"github.com/arl-cli/arl/cmd/wait"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

// A Build says which arl this is.
type Build = cli.Build

// Main runs arl with the arguments of the process and returns its exit code.
func Main(b Build) int { return MainTo(b, os.Stdout, os.Stderr) }

// MainTo is [Main] that writes to other streams, as tests want that listen to it.
func MainTo(b Build, stdout, stderr io.Writer) int {
	e := cli.OSEnv(b)
	e.Connect(stdout, stderr)
	defer e.Disconnect()
	redisstore.Quiet() // stderr is arl's
	root := newRoot(e)
	if len(os.Args) > 1 && os.Args[1] == cobra.ShellCompRequestCmd {
		plainUsages(root)
	}
	err := root.ExecuteContext(context.Background())
	if cli.WantsJSONErrors(e.Args) {
		return cli.ReportJSON(e.Err, e.Secrets.Redact, err)
	}
	colour := root.PersistentFlags().Lookup("color").Value.String()
	return cli.Report(e.Err, terminal.NewStyle(e.Err, e.Colour(colour, e.ErrTTY)), err)
}

func newRoot(e *cli.Env) *cobra.Command {
	g := &cli.GlobalOptions{Color: "auto", Errors: "text"}
	version, helpAll := false, false
	root := &cobra.Command{
		Use:   "arl",
		Short: "Send requests to rate-limited APIs as fast as they really allow",
		Long: `arl sends HTTP requests to rate-limited APIs as fast as they allow, and no faster. It
increases the rate while requests are accepted, decreases it after a 429, obeys
Retry-After and rate-limit headers, and remembers the learned rate for the next run.

All arl processes of a user share the rate of an API and credential.`,
		Example: `  arl get sandbox /items/1
  seq 300 | sed 's|^|/items/|' | arl batch sandbox > out.ndjson
  arl rates`,
		Args:          cli.KnownCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(c *cobra.Command, args []string) {
			e.Command = c.Name()
			if len(args) > 0 { // never more: there are secrets
				e.Command += " " + cli.ShownArgument(args[0])
			}
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if version {
				_, err := fmt.Fprintln(e.Out, e.Build)
				return err
			}
			return c.Help()
		},
	}
	// Not cobra's own: its template would link text/template, and with that every method there is.
	root.Flags().BoolVar(&version, "version", false, "Print the version")
	root.SetOut(e.Out)
	root.SetErr(e.Err)
	root.SetIn(e.In)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { showHelp(e, c, helpAll) })
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if url, ok := cli.URLAmong(os.Args[1:]); ok && !c.HasParent() {
			return cli.URLAsCommand(url)
		}
		f := cli.Usagef(cmp.Or(cli.FlagHint(c, err), "see `"+c.CommandPath()+" --help`"), "%v", err)
		if cli.Is[*fs.PathError](err) && c.Flags().Lookup("form") != nil { // the file of -K, for one request
			f.Hint, f.Code = "", cli.ExitFile
		}
		return f
	})
	flags := root.PersistentFlags()
	flags.StringVar(&g.Config, "config", "", "Use this `FILE` instead of the user's config.yaml")
	flags.StringVar(&g.Store, "store", "", "Share limits through the store at `URL` (redis:// or rediss://), file or memory")
	flags.Var((*cli.WhenValue)(&g.Color), "color", "Use colour: `WHEN` is auto, always or never")
	flags.Var((*cli.ErrorsValue)(&g.Errors), "errors", "Print the error of a command as `FORMAT`: text, or json for programs")
	flags.BoolP("help", "h", false, "Show help for a command") // in place of cobra's "help for ..." of each command
	root.AddGroup(
		&cobra.Group{ID: "requests", Title: "Request commands:"},
		&cobra.Group{ID: "manage", Title: "Management commands:"},
	)
	root.SetCompletionCommandGroupID("manage")
	addCommands(root, e, g)
	addHelpAll(root, &helpAll)
	completeFlags(root)
	root.SetHelpCommand(newHelpCmd(root))
	root.InitDefaultCompletionCmd()
	completionExamples(root, e)
	return root
}

// newHelpCmd is cobra's help command, which takes anything, with an error for what is no topic.
func newHelpCmd(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [command or topic]",
		GroupID: "manage",
		Short:   "Help about a command or a topic",
		Example: `  arl help batch
  arl help exit-codes
  arl help environment`,
		ValidArgsFunction: completeDocumented,
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return cli.Usagef("`arl --help` lists commands and topics", "unknown help topic %q", strings.Join(args, " "))
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
	}
}

func addCommands(root *cobra.Command, e *cli.Env, g *cli.GlobalOptions) {
	root.AddCommand(request.NewCmds(e, g)...)
	root.AddCommand(
		batch.NewCmd(e, g),
		wait.NewCmd(e, g),
		exec.NewCmd(e, g),
		throttle.NewCmd(e, g),
		verify.NewCmd(e),
		rates.NewCmd(e, g),
		apis.NewCmd(e, g),
		auth.NewCmd(e, g),
		proxy.NewCmd(e, g),
		sandbox.NewCmd(e),
		doctor.NewCmd(e, g),
		cache.NewCmd(e, g),
		newManCmd(e),
		newVersionCmd(e),
	)
	for _, topic := range topics() {
		root.AddCommand(topic)
	}
}
