package cmd

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/internal/batch/lists"
)

func (o *batchOptions) addPageFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.All, "all", false, "get all pages of lists, for every GET and POST that does not say \"all\": false")
	f.IntVar(&o.MaxPages, "max-pages", 0, "stop after `N` pages of each list; 0 means no bound")
}

// openLists says where lists in pages are until they are complete: beside the output, where a run that is
// taken up finds them, or nowhere for long.
func (o *batchOptions) openLists(f *batchFiles) error {
	if f.kept == nil {
		f.lists = lists.Temporary()
		return nil
	}
	f.lists = lists.Beside(o.Output)
	if o.Resume {
		return nil
	}
	if err := f.lists.Sweep(); err != nil { // of a run that was given up
		return fmt.Errorf("remove what an earlier run has left: %w", err)
	}
	return nil
}

// closeLists removes the lists that no later run goes on with.
func (f *batchFiles) closeLists(perfect bool) error {
	switch {
	case f.lists == nil:
		return nil
	case perfect:
		return f.lists.Sweep()
	}
	return f.lists.Close()
}
