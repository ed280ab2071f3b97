package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

func newVersionCmd(e *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: "manage",
		Short:   "Print the version",
		Example: `  arl version
  arl --version
  arl version --help`,
		Args: cli.ExactArgs(),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(e.Out, e.Build)
			return err
		},
	}
}
