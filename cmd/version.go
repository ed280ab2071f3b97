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
		Example: "  arl version",
		Args:    exactArgs(),
		RunE: func(*cobra.Command, []string) error {
			line := "arl " + e.Build.Version
			if e.Build.Commit != "" {
				line += " (" + e.Build.Commit + ", " + e.Build.Date + ")"
			}
			_, err := fmt.Fprintf(e.Out, "%s %s/%s\n", line, runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
