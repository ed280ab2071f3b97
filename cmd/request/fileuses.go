package request

import (
	"slices"

	"github.com/arl-cli/arl/internal/files"
	"github.com/arl-cli/arl/internal/writeout"
)

// uses are the files of one request.
func (o *options) uses() []files.Use {
	uses := append(o.Uses(), o.format.Uses()...)
	format := writeout.File(o.WriteOut)
	uses = append(uses, files.Use{What: "-w", Name: format}, files.Use{What: "--manifest", Name: o.Manifest, Writes: true})
	printed := slices.ContainsFunc([]string{o.Output, o.DumpHeader, o.CookieJar}, files.IsStream)
	if printed || o.Output == "" || o.WriteOut != "" || o.DryRun {
		uses = append(uses, o.env.Written())
	}
	return uses
}
