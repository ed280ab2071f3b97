package cmd

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func newVersionCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: "look",
		Short:   "Print the version",
		Example: `  arl version
  arl --version
  arl version --help`,
		Args: exactArgs(),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(e.Out, e.Build)
			return err
		},
	}
}

// String names the build, and what it is for.
func (b Build) String() string {
	line := "arl " + b.Version
	if b.Commit != "" {
		line += " (" + b.Commit + ", " + b.Date + ")"
	}
	return fmt.Sprintf("%s %s/%s", line, runtime.GOOS, runtime.GOARCH)
}
