package output

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/arl-cli/arl/internal/atomicfile"
	"github.com/arl-cli/arl/internal/batch/resume"
)

// replace puts a copy in the place of the results: what is to be kept, and text behind it. A crash
// leaves the old file or the new one.
func replace(path string, past *resume.Past, text []byte) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	out, err := atomicfile.Replace(path, 0o666)
	if err != nil {
		return err
	}
	err = errors.Join(copySpans(out.File, in, past), write(out, text), out.Sync())
	if err = errors.Join(err, in.Close()); err != nil {
		return errors.Join(err, out.Discard())
	}
	if err := out.CommitWhole(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// copySpans copies what is kept, most of it in a few large pieces, which some systems do without
// reading them.
func copySpans(out, in *os.File, past *resume.Past) error {
	for _, span := range past.Keep {
		if _, err := in.Seek(span.From, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.CopyN(out, in, span.To-span.From); err != nil {
			return err
		}
	}
	last := len(past.Keep) - 1
	if past.Unended && last >= 0 && past.Keep[last].To == past.End {
		return write(out, []byte("\n"))
	}
	return nil
}

func write(out io.Writer, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	_, err := out.Write(text)
	return err
}
