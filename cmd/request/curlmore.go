package request

import (
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/files"
)

// addTransferFlags adds more of curl's flags that are for one request.
func (o *options) addTransferFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.TimeCond, "time-cond", "z", "", "Request it only if modified since `TIME`, or since the file of that name; -TIME means not since")
	f.BoolVarP(&o.globOff, "globoff", "g", false, "Send [ ] { } in the path or URL as they are")
	f.BoolVar(&o.createDirs, "create-dirs", false, "Create missing directories for -o, -O, -D and -c")
}

// checkGlobs rejects what curl would make several requests of.
func (o *options) checkGlobs() error {
	glob := fetch.Glob(o.Path)
	if glob == "" || o.globOff {
		return nil
	}
	return cli.Usagef("`printf '%s\\n' PATH... | arl batch` sends many, and a shell expands {a,b} and {1..9} for it; -g sends it as it is",
		"%s stands for several requests in curl; arl sends one at a time", glob)
}

// makeDirectories is --create-dirs.
func (o *options) makeDirectories() error {
	if !o.createDirs || o.DryRun {
		return nil
	}
	for _, name := range []string{o.Output, o.DumpHeader, o.CookieJar} {
		if name == "" || files.IsStream(name) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil { // less the umask, as with curl
			return &cli.Error{Message: "create the directory of " + name + ": " + err.Error(), Code: cli.ExitOther, Err: err}
		}
	}
	return nil
}
