package request

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/files"
)

// addTransferFlags adds more of curl's flags that are for one request.
func (o *options) addTransferFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.TimeCond, "time-cond", "z", "", "Request it only if modified since `TIME`, or since the modification time of that file; -TIME means not since")
	f.StringVarP(&o.ContinueAt, "continue-at", "C", "", "Skip the first `N` bytes; - continues a download to -o FILE, whose beginning is in FILE.part")
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

// checkContinue reads -C, and rejects what would be put behind a part though it is none of it.
func (o *options) checkContinue(method string) error {
	if o.ContinueAt == "" {
		return nil
	}
	if _, err := strconv.ParseUint(o.ContinueAt, 10, 63); err != nil && o.ContinueAt != "-" {
		return cli.Usagef("use -C - to continue where FILE.part ends", "-C %s: must be a number of bytes, or -", o.ContinueAt)
	}
	if o.ContinueAt == "-" && !o.RemoteName && (o.Output == "" || files.IsStream(o.Output)) {
		return cli.Usagef("", "-C - needs -o FILE or -O: it continues the download of that file")
	}
	if method != http.MethodGet {
		return cli.Usagef("", "-C can only be used with GET, not with %s", method)
	}
	for flag, given := range map[string]bool{
		"-r": o.Range != "", "-i": o.Include, "-I": o.Head, "--jq": o.asked, "--all": o.AllPages, "--compressed": o.Compressed,
		"--manifest": o.Manifest != "", "--if-changed": o.CacheFlags.IfChanged,
	} {
		if given {
			return cli.Usagef("", "only one of -C and %s can be used", flag)
		}
	}
	return nil
}
