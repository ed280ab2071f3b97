package batch

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/atomicfile"
	"github.com/arl-cli/arl/internal/batch/output"
	"github.com/arl-cli/arl/internal/batch/pages"
	"github.com/arl-cli/arl/internal/pagination"
)

func (o *options) addPageFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.All, "all", false, "Follow all pages of lists; for every GET and POST without \"all\": false")
	f.IntVar(&o.MaxPages, "max-pages", pagination.MostPages, "Stop after `N` pages of each list; 0 means no limit")
}

// checkLists makes sure that lists in pages can be kept beside the output.
func (o *options) checkLists(f *outputFiles) error {
	f.lists = pages.Temporary()
	if o.toStream() || !output.Regular(o.Output) {
		return nil
	}
	path, err := atomicfile.Target(o.Output)
	if err != nil {
		return nil // which the output will fail for
	}
	beside := pages.Beside(path)
	if err := beside.Check(); err != nil {
		return cli.Usagef("nothing was sent; move it away, or name another file with -o", "%v", err)
	}
	f.lists = beside
	return nil
}

// openLists removes what an earlier run has left, unless this one takes it up.
func (o *options) openLists(f *outputFiles) error {
	if !f.lists.Kept() || o.Resume {
		return nil
	}
	if err := f.lists.Sweep(); err != nil { // of a run that was given up
		return fmt.Errorf("remove what an earlier run has left: %w", err)
	}
	return nil
}

// closeLists removes the lists that no later run goes on with.
func (f *outputFiles) closeLists(perfect bool) error {
	switch {
	case f.lists == nil:
		return nil
	case perfect:
		return f.lists.Sweep()
	}
	return f.lists.Close()
}
