// Package verify is arl verify: it checks that a manifest and the files that it names are unchanged.
package verify

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/evidence"
	"github.com/arl-cli/arl/internal/terminal"
)

// NewCmd makes the command verify.
func NewCmd(e *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:     "verify MANIFEST",
		GroupID: "manage",
		Short:   "Check a manifest and the files that it names",
		Long: `Check a manifest written by --manifest: that its lines form an unbroken chain of hashes,
and that results, responses in files, other outputs and inputs are unchanged. File names
are relative to the directory of the manifest. If something was changed, the first
difference is printed, and the exit code is 1.

The last hash of the chain, which is printed, covers everything before it. A manifest
alone proves nothing against a person who could have rewritten it: sign it, or keep the
hash elsewhere. See docs/evidence.md.`,
		Example: `  arl batch sandbox in.ndjson -o out.ndjson --manifest proof.ndjson && arl verify proof.ndjson
  arl get sandbox /items/1 -o item.json --manifest proof.ndjson && arl verify proof.ndjson
  arl verify --help`,
		Args: cli.ExactArgs("MANIFEST"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := evidence.Verify(args[0])
			if err != nil {
				return &cli.Error{Message: fmt.Sprintf("%s: %v", args[0], err), Code: cli.ExitOther, Err: err}
			}
			return show(e.Out, args[0], r)
		},
	}
}

// show says what was checked.
func show(w io.Writer, name string, r *evidence.Report) error {
	var parts []string
	for _, part := range []struct {
		n    int64
		what string
	}{
		{r.Records, "record"}, {r.Exchanges, "exchange"}, {int64(r.Outputs), "output"}, {r.Files, "response file"}, {int64(r.Inputs), "input"},
	} {
		if part.n > 0 {
			parts = append(parts, terminal.Quantity(part.n, part.what))
		}
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s: ok: %s\n", terminal.Plain(name), strings.Join(parts, ", "))
	if r.Runs > 1 {
		fmt.Fprintf(&text, "runs: %d, %d of them broken off\n", r.Runs, r.Broken)
	}
	for _, what := range r.Unchecked {
		fmt.Fprintf(&text, "not checked: %s\n", terminal.Plain(what))
	}
	fmt.Fprintf(&text, "fetched by: arl %s on %s, begun %s\nchain: %s\n", terminal.Plain(r.Start.ARL), terminal.Plain(r.Start.Host), terminal.Plain(r.Start.Started), r.Chain)
	_, err := io.WriteString(w, text.String())
	return err
}
