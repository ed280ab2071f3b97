package cli

import (
	"errors"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/internal/files"
)

// Nameless rejects the empty name of a file: it is that of a variable which is not set, most likely, and not to be taken
// for a flag that was not given.
func Nameless(f *pflag.FlagSet) (err error) {
	flags := []string{"output", "dump-header", "cookie-jar", "log-json", "failed-out", "summary-file", "output-dir", "upload-file", "cacert", "cert", "key", "netrc-file", "unix-socket"}
	for _, name := range flags {
		if flag := f.Lookup(name); err == nil && flag != nil && flag.Changed && flag.Value.String() == "" {
			err = Usagef("perhaps a shell variable is not set", "--%s needs the name of a file", name)
		}
	}
	return err
}

// Apart makes sure, before any file is opened, that none is written and used for something else at once. "-" is
// standard input for what is read, and no file for what is written.
func (e *Env) Apart(uses []files.Use) error {
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
		return Usagef("nothing was sent or written; name a different file for each", "%v", clash)
	}
	return err
}

// Streams are what a name such as /dev/stdout means.
func (e *Env) Streams() files.Streams { return files.Streams{Out: e.Out, Err: e.Err} }

// Written is standard output as a use, for commands that write to it.
func (e *Env) Written() files.Use {
	return files.Use{What: "standard output", Stream: e.stdout, Writes: true}
}
