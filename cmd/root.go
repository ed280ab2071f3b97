package cmd

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter/redisstore"
)

// Main runs arl with the arguments of the process and returns its exit code.
func Main(b Build) int { return MainTo(b, os.Stdout, os.Stderr) }

// MainTo is [Main] that writes to other streams, as tests want that listen to it.
func MainTo(b Build, stdout, stderr io.Writer) int {
	e := osEnv(b)
	e.connect(stdout, stderr)
	defer e.disconnect()
	redisstore.Quiet() // stderr is arl's
	root := newRoot(e)
	if len(os.Args) > 1 && os.Args[1] == cobra.ShellCompRequestCmd {
		plainUsages(root)
	}
	err := root.ExecuteContext(context.Background())
	colour := root.PersistentFlags().Lookup("color").Value.String()
	return report(e.Err, terminal.NewStyle(e.Err, e.colour(colour, e.ErrTTY)), err)
}

// globalOptions are the flags of every command.
type globalOptions struct {
	Config string
	Color  string
	Store  string
}

// checkStore refuses a store that cannot be one, and a password where everybody can read it. It repeats
// neither.
func (g *globalOptions) checkStore() error {
	if err := config.CheckStore(g.Store); err != nil {
		return usagef("such as --store redis://host:6379/0, or file, or memory", "--store: %v", err)
	}
	if u, err := url.Parse(g.Store); err == nil && u.User != nil {
		if _, given := u.User.Password(); given {
			return usagef("put the password into ARL_STORE_PASSWORD, or all of it into ARL_STORE or config.yaml",
				"--store: a password on the command line can be read by everybody on this machine")
		}
	}
	return nil
}

func newRoot(e *env) *cobra.Command {
	g := &globalOptions{Color: "auto"}
	version := false
	root := &cobra.Command{
		Use:   "arl",
		Short: "Send requests to rate-limited APIs as fast as they really allow",
		Long: `arl sends requests through a named API profile's rate limiter. It speeds up while
the API accepts, cuts back on a 429, obeys Retry-After and rate-limit headers,
finds the real allowable rate, holds it, and remembers it for the next run.

All arl processes of a user share one budget per API and credential.`,
		Example: `  arl get sandbox /items/1
  seq 300 | sed 's|^|/items/|' | arl batch sandbox > out.ndjson
  arl rates`,
		Args:          knownCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(c *cobra.Command, args []string) {
			e.Command = strings.Join(append([]string{c.Name()}, args[:min(1, len(args))]...), " ") // never more: there are secrets
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
	root.Flags().BoolVar(&version, "version", false, "print the version")
	root.SetOut(e.Out)
	root.SetErr(e.Err)
	root.SetIn(e.In)
	root.SetHelpFunc(e.showHelp)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		f := usagef("see `"+c.CommandPath()+" --help`", "%v", err)
		if is[*fs.PathError](err) && c.Flags().Lookup("data") != nil { // the file of -K, for one request
			f.hint, f.code = "", exitFile
		}
		return f
	})
	flags := root.PersistentFlags()
	flags.StringVar(&g.Config, "config", "", "use this `FILE` instead of the user's config.yaml")
	flags.StringVar(&g.Store, "store", "", "share the budget through `URL` (redis://..., rediss://...), file or memory")
	flags.Var((*whenValue)(&g.Color), "color", "colour messages, tables and JSON: `WHEN` is auto, always or never")
	root.AddGroup(
		&cobra.Group{ID: "send", Title: "Send:"},
		&cobra.Group{ID: "look", Title: "Look:"},
	)
	root.SetCompletionCommandGroupID("look")
	addCommands(root, e, g)
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
		GroupID: "look",
		Short:   "Help about a command or a topic",
		Example: `  arl help batch
  arl help exit-codes
  arl help environment`,
		ValidArgsFunction: completeDocumented,
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("`arl --help` lists commands and topics", "unknown help topic %q", strings.Join(args, " "))
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
	}
}

// knownCommand refuses what is no command, with what may have been meant.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	hint := "see `" + c.CommandPath() + " --help`"
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		path := c.CommandPath() + " "
		hint = "did you mean `" + path + strings.Join(near, "` or `"+path) + "`?"
	}
	return usagef(hint, "unknown command %q", args[0])
}

func addCommands(root *cobra.Command, e *env, g *globalOptions) {
	root.AddCommand(newVerbCmds(e, g, runFetch)...)
	root.AddCommand(
		newBatchCmd(e, g, runBatch),
		newRatesCmd(e, g),
		newAPIsCmd(e, g),
		newAuthCmd(e, g),
		newProxyCmd(e, g, runProxy),
		newSandboxCmd(e, g, runSandbox),
		newDoctorCmd(e, g),
		newManCmd(e),
		newVersionCmd(e),
	)
	for _, topic := range topics() {
		root.AddCommand(topic)
	}
}

// exactArgs is cobra.ExactArgs with an error that says what is missing.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usagef("see `"+c.CommandPath()+" --help`", "%s: %s is missing", c.CommandPath(), names[len(args)])
		case len(args) > len(names):
			return usagef("see `"+c.CommandPath()+" --help`", "%s: unexpected argument %q", c.CommandPath(), args[len(names)])
		}
		return nil
	}
}

// atMost allows one argument or none.
func atMost(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return exactArgs(name)(c, args)
	}
}

// patience is how long what was interrupted may take to end by itself.
const patience = 2 * time.Second

// abandonable runs f, and when ctx has ended waits no longer than patience for its end: what reads standard input or
// opens a pipe does not hear of a signal.
func abandonable(ctx context.Context, f func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- f() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		return &failure{message: "interrupted", code: exitInterrupted}
	}
}

// interruptible returns a context that the first Ctrl-C or SIGTERM ends.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
}
