package batch

import (
	"github.com/arl-cli/arl/internal/atomicfile"
	"github.com/arl-cli/arl/internal/batch/output"
	"github.com/arl-cli/arl/internal/batch/pages"
	"github.com/arl-cli/arl/internal/files"
)

// uses are the files of a batch.
func (o *options) uses() []files.Use {
	var uses []files.Use
	for _, name := range o.Files {
		uses = append(uses, files.Use{What: "the input", Name: name})
	}
	if len(o.Files) == 0 {
		uses = append(uses, files.Use{What: "the input", Name: "-"})
	}
	uses = append(uses, o.rowOptions.uses()...)
	if o.toStream() || o.shapes() {
		uses = append(uses, o.env.Written())
	}
	if o.toStream() {
		// no file
	} else if path, err := atomicfile.Target(o.Output); err == nil && output.Regular(o.Output) {
		uses = append(uses,
			files.Use{What: "-o", Name: o.Output, Writes: true},
			files.Use{What: "the journal", Name: output.JournalName(path), Writes: true},
			files.Use{What: "the directory of lists", Name: pages.Beside(path).Path(), Writes: true})
	}
	return append(uses,
		files.Use{What: "--failed-out", Name: o.FailedOut, Writes: true},
		files.Use{What: "--metrics-file", Name: o.MetricsFile, Writes: true},
		files.Use{What: "--manifest", Name: o.Manifest, Writes: true},
		files.Use{What: "--summary-file", Name: o.SummaryFile, Writes: true},
		files.Use{What: "--output-dir", Name: o.OutputDir, Writes: true})
}

// toStream reports whether the results go to a standard stream.
func (o *options) toStream() bool {
	return o.Output == "" || files.IsStream(o.Output)
}
