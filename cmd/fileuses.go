package cmd

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/internal/batch/output"
	"github.com/arl-cli/arl/internal/batch/pages"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/files"
)

// nameless refuses the empty name of a file: it is that of a variable which is not set, most likely, and not to be taken
// for a flag that was not given.
func nameless(f *pflag.FlagSet) (err error) {
	flags := []string{"output", "dump-header", "cookie-jar", "log-json", "failed-out", "summary-file", "output-dir", "upload-file", "cacert", "cert", "key", "netrc-file", "unix-socket"}
	for _, name := range flags {
		if flag := f.Lookup(name); err == nil && flag != nil && flag.Changed && flag.Value.String() == "" {
			err = usagef("a variable may not be set", "--%s needs the name of a file", name)
		}
	}
	return err
}

// apart makes sure, before any file is opened, that none is written and used for something else at once. "-" is
// standard input for what is read, and no file for what is written.
func (e *env) apart(uses []files.Use) error {
	named := []files.Use{{What: "standard error", Stream: e.stderr, Writes: true}}
	for _, u := range uses {
		if !u.Writes && u.Name == "-" {
			u.Stream, u.Name = e.stdin, "from standard input"
		}
		if u.Stream != nil || u.Name != "" && !files.IsStream(u.Name) {
			named = append(named, u)
		}
	}
	err := files.Apart(named...)
	if clash, ok := errors.AsType[*files.ClashError](err); ok {
		return usagef("give each of them a file of its own; nothing was sent or written", "%v", clash)
	}
	return err
}

// streams are what a name such as /dev/stdout means.
func (e *env) streams() files.Streams { return files.Streams{Out: e.Out, Err: e.Err} }

// written is standard output as a use, for commands that write to it.
func (e *env) written() files.Use {
	return files.Use{What: "standard output", Stream: e.stdout, Writes: true}
}

// uses are the files of every command that sends.
func (o *sendOptions) uses(e *env, g *globalOptions) []files.Use {
	var headers fetch.Options
	headers.Header = o.Header
	paths := config.FindPaths(e.Getenv)
	config := g.Config
	if config == "" {
		config = paths.ConfigFile()
	}
	uses := append(headers.HeaderUses(), o.wire(e).Uses()...)
	if o.Netrc {
		uses = append(uses, files.Use{What: "-n", Name: cmp.Or(e.Getenv("NETRC"), filepath.Join(e.Getenv("HOME"), ".netrc"))})
	}
	for _, name := range o.curlConfigs {
		uses = append(uses, files.Use{What: "-K", Name: name})
	}
	return append(uses,
		files.Use{What: "--log-json", Name: o.LogJSON, Writes: true},
		files.Use{What: "--netrc-file", Name: o.NetrcFile},
		files.Use{What: "the configuration", Name: config},
		files.Use{What: "the learned rates", Name: paths.RatesFile()})
}

// uses are the files of one request.
func (o *fetchOptions) uses() []files.Use {
	uses := append(o.Uses(), o.format.Uses()...)
	format := fetch.WriteOutFile(o.WriteOut)
	uses = append(uses, files.Use{What: "-w", Name: format})
	printed := slices.ContainsFunc([]string{o.Output, o.DumpHeader, o.CookieJar}, files.IsStream)
	if printed || o.Output == "" || o.WriteOut != "" || o.DryRun {
		uses = append(uses, o.env.written())
	}
	return uses
}

// uses are the files of a batch.
func (o *batchOptions) uses() []files.Use {
	var uses []files.Use
	for _, name := range o.Files {
		uses = append(uses, files.Use{What: "the input", Name: name})
	}
	if len(o.Files) == 0 {
		uses = append(uses, files.Use{What: "the input", Name: "-"})
	}
	if o.toStream() {
		uses = append(uses, o.env.written())
	} else if path, err := files.Target(o.Output); err == nil && output.Regular(o.Output) {
		uses = append(uses,
			files.Use{What: "-o", Name: o.Output, Writes: true},
			files.Use{What: "the journal", Name: output.JournalName(path), Writes: true},
			files.Use{What: "the directory of lists", Name: pages.Beside(path).Path(), Writes: true})
	}
	return append(uses,
		files.Use{What: "--failed-out", Name: o.FailedOut, Writes: true},
		files.Use{What: "--summary-file", Name: o.SummaryFile, Writes: true},
		files.Use{What: "--output-dir", Name: o.OutputDir, Writes: true})
}

// toStream reports whether the results go to a standard stream.
func (o *batchOptions) toStream() bool {
	return o.Output == "" || files.IsStream(o.Output)
}
