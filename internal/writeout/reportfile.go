package writeout

import (
	"io"
	"os"
	"strings"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/files"
)

// A reportFile is a file of -w's %output{NAME}, or with %output{>>NAME} one that is appended to.
type reportFile struct {
	name    string
	appends bool
	streams files.Streams
}

func newReportFile(arg string, streams files.Streams) *reportFile {
	name, appends := strings.CutPrefix(arg, ">>")
	return &reportFile{name, appends, streams}
}

// Write implements io.Writer: all of it at once.
func (f *reportFile) Write(p []byte) (int, error) {
	if f.appends && !files.IsStream(f.name) {
		file, err := os.OpenFile(f.name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666) //nolint:gosec // as the umask says, like curl
		if err != nil {
			return 0, err
		}
		n, err := file.Write(p)
		if e := file.Close(); err == nil {
			err = e
		}
		return n, err
	}
	out, err := f.streams.Create(f.name, 0o666)
	if err != nil {
		return 0, err
	}
	n, err := out.Write(p)
	if err == nil {
		err = out.Commit()
	}
	if e := out.Discard(); err == nil {
		err = e
	}
	return n, err
}

// Check finds out, before anything is sent, whether the files of a format can be written.
func (w WriteOut) Check() error {
	for _, s := range w {
		if s.name != "output" {
			continue
		}
		out, err := files.Streams{Out: io.Discard, Err: io.Discard}.Create(strings.TrimPrefix(s.arg, ">>"), 0o666)
		if err != nil {
			return &failure.WriteError{What: "what -w asks for", Err: err}
		}
		_ = out.Discard() // nothing is lost
	}
	return nil
}

// Uses lists the files of a format, each once.
func (w WriteOut) Uses() (uses []files.Use) {
	seen := make(map[string]bool)
	for _, s := range w {
		if name := strings.TrimPrefix(s.arg, ">>"); s.name == "output" && !seen[name] {
			seen[name] = true
			uses = append(uses, files.Use{What: "-w", Name: name, Writes: true})
		}
	}
	return uses
}
