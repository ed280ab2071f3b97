package files

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestCreateRejectsNoName(t *testing.T) {
	t.Parallel()
	if _, err := (Streams{}).Create("", 0o666); err == nil {
		t.Error("a file without a name")
	}
}

// What names a standard stream is written there.
func TestStreams(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	for name, to := range map[string]*bytes.Buffer{"-": &out, "/dev/stdout": &out, "/dev/fd/1": &out, "/dev/stderr": &errs} {
		o, err := Streams{&out, &errs}.Create(name, 0o666)
		must(t, err)
		_, err = io.WriteString(o, name)
		must(t, errors.Join(err, o.Sync(), o.Commit(), o.Discard()))
		if !strings.HasSuffix(to.String(), name) {
			t.Errorf("%s went to %q and %q", name, &out, &errs)
		}
	}
}
