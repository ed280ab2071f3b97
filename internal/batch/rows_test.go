package batch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/batch/record"
)

// paired are rows that end with a line that holds a full stop; their record has their first line as its id.
type paired struct{}

func (paired) Continues(piece []byte, _ bool) bool { return bytes.IndexByte(piece, '.') < 0 }

func (paired) Trim(row []byte) []byte { return bytes.TrimSpace(row) }

func (paired) Record(dst, row []byte) ([]byte, error) {
	first, _, _ := bytes.Cut(row, []byte("\n"))
	if bytes.HasPrefix(first, []byte("bad")) {
		return nil, errors.New("it is a bad one")
	}
	return fmt.Appendf(dst, `{"id":%q,"path":"/p","body":%q}`, bytes.TrimSpace(first), row), nil
}

func runRows(t *testing.T, c Config) (results []string, s Summary) {
	t.Helper()
	out := &lineBuffer{t: t}
	c.Output, c.API, c.Ordered = out, "x", true
	c.Sender = senderFunc(func(_ context.Context, r *Request) Answer {
		return Answer{Status: 200, Body: r.Body}
	})
	s, err := New(c).Run(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range out.lines {
		var r struct {
			ID    string
			Line  int
			Body  string
			Error *Error
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%d %s: %q", r.Line, r.ID, r.Body)
		if r.Error != nil {
			text = fmt.Sprintf("%d! %s", r.Line, r.Error.Message)
		}
		results = append(results, text)
	}
	return results, s
}

// A row may be several lines, is numbered by the first, and goes to FailedOut as it was read, after what precedes all.
func TestRows(t *testing.T) {
	t.Parallel()
	var failed bytes.Buffer
	long := strings.Repeat("x", (64 << 10))
	got, s := runRows(t, Config{
		Inputs: []record.Input{
			{Name: "a", Reader: strings.NewReader("a.\n\nb\nb.\r\nbad\n\nx.\n" + long + "\n" + long + ".\nlast"), Rows: paired{}, Head: []byte("h,\n\"i\""), Lines: 2, Bytes: 7},
			{Name: "b", Reader: strings.NewReader("bad.\n"), Rows: paired{}, Head: []byte("h,\n\"i\"")},
		},
		FailedOut: &failed,
	})
	want := []string{
		`3 a.: "a."`, `4 b: "b\nb."`, `7! a:7: it is a bad one`,
		fmt.Sprintf("10 %s: %q", long, long+"\n"+long+"."), `12 last: "last"`, `1! b:1: it is a bad one`,
	}
	if diff := cmp.Diff(want, got); diff != "" || s.Read != 6 {
		t.Errorf("%+v (-want +got):\n%s", s, diff)
	}
	if diff := cmp.Diff("h,\n\"i\"\nbad\n\nx.\nbad.\n", failed.String()); diff != "" {
		t.Error(diff)
	}
}

// Failed rows of tables with other columns cannot be in one file.
func TestFailedRowsOfOtherColumns(t *testing.T) {
	t.Parallel()
	var failed bytes.Buffer
	e := New(Config{
		Inputs: []record.Input{
			{Name: "a", Reader: strings.NewReader("bad.\n"), Rows: paired{}, Head: []byte("a")},
			{Name: "b", Reader: strings.NewReader("bad.\n"), Rows: paired{}, Head: []byte("b")},
		},
		Output: &lineBuffer{t: t}, API: "x", FailedOut: &failed,
	})
	_, err := e.Run(t.Context(), nil)
	want := "write failed record: the columns of b differ from those of the previous input; run a batch for each, with its own --failed-out"
	if failed.String() != "a\nbad.\n" || err == nil || err.Error() != want {
		t.Errorf("%q, %v", failed.String(), err)
	}
}

// A row that does not end is a bad one, and the next one begins with the next line.
func TestLongRows(t *testing.T) {
	t.Parallel()
	got, _ := runRows(t, Config{
		Inputs:  []record.Input{{Name: "a", Reader: bufio.NewReader(strings.NewReader(strings.Repeat("open\n", 50) + "a.\nb.\n")), Rows: paired{}}},
		MaxLine: 100,
	})
	want := []string{"1! the row is longer than 100 bytes, up to line 21: a closing quote may be missing", "22! the row is longer than 100 bytes, up to line 42: a closing quote may be missing", "43 open: \"" + strings.Repeat("open\\n", 8) + "a.\"", `52 b.: "b."`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
