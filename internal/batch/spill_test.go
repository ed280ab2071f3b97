package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/batch/bodyfiles"
	"github.com/arl-cli/arl/internal/batch/memory"
)

// dirAt opens a directory of answers whose names are the lines.
func dirAt(t interface{ Fatal(...any) }, dir string) *bodyfiles.Dir {
	template, err := bodyfiles.ParseTemplate("{line}")
	if err != nil {
		t.Fatal(err)
	}
	f, err := bodyfiles.Open(dir, template, "")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A filed is what a result says of its file.
type filed struct {
	Line   int
	OK     bool
	File   string
	Bytes  int
	SHA256 string
	Body   string
	Error  *Error
}

func filedRows(t *testing.T, out *lineBuffer) (rows []filed) {
	t.Helper()
	for _, line := range out.lines {
		var r filed
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("result %q: %v", line, err)
		}
		rows = append(rows, r)
	}
	return rows
}

// Whatever the sizes, and whatever is said of them, every response is in its result or in its file,
// whole, and the run stays within its memory.
func TestAnswersInFiles(t *testing.T) {
	t.Parallel()
	whole, top, runs := text(300_000), t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, len(whole)), 1, 8).Draw(rt, "sizes")
		inline := rapid.SampledFrom([]int64{-1, 1, 1000, 16 << 10, 1 << 20}).Draw(rt, "inline")
		said := rapid.SampledFrom([]int64{-1, 0, 1}).Draw(rt, "said") // nothing, the truth, too much
		runs++
		dir := filepath.Join(top, fmt.Sprint(runs))
		var lines strings.Builder
		for _, size := range sizes {
			fmt.Fprintf(&lines, "/%d\n", size)
		}
		out := &lineBuffer{t: t}
		e := New(Config{
			Inputs: inputs(lines.String()), Output: out, API: "x", Ordered: true, MaxMemory: 1, MaxInline: inline,
			Dir: dirAt(rt, dir), Sender: senderFunc(func(ctx context.Context, r *Request) Answer {
				body := strings.NewReader(whole[:sizes[r.Line-1]])
				size := int64(body.Len())
				if said != 0 {
					size = said * (size + 100)
				}
				head, err := r.Read(ctx, body, max(size, -1))
				if err != nil {
					rt.Error(err)
				}
				return Answer{Status: 200, Body: head}
			}),
		})
		s, err := e.Run(t.Context(), nil)
		if err != nil || s.OK != int64(len(sizes)) || e.budget.Usage().Peak > e.budget.Usage().Max || e.budget.Usage().Records+e.budget.Usage().Answers != 0 {
			rt.Fatalf("%+v, %v, peak %d", s, err, e.budget.Usage().Peak)
		}
		for i, r := range filedRows(t, out) {
			checkFiled(rt, dir, r, whole[:sizes[i]])
		}
	})
}

// text is some text of n bytes, which says where it is.
func text(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%d ", b.Len())
	}
	return b.String()[:n]
}

func checkFiled(t interface{ Errorf(string, ...any) }, dir string, r filed, want string) {
	if r.File == "" {
		if r.Body != want {
			t.Errorf("line %d: a body of %d bytes, want %d", r.Line, len(r.Body), len(want))
		}
		return
	}
	got, err := os.ReadFile(filepath.Join(dir, r.File))
	sum := sha256.Sum256([]byte(want))
	if err != nil || string(got) != want || r.Bytes != len(want) || r.SHA256 != hex.EncodeToString(sum[:]) || r.Body != "" {
		t.Errorf("line %d: %v, %d bytes in the file, want %d; %+v", r.Line, err, len(got), len(want), r)
	}
}

// An answer that breaks off leaves nothing, and the next attempt begins its file again.
func TestFileOfARepeatedAnswer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := &lineBuffer{t: t}
	s, err := New(Config{
		Inputs: inputs("/again\n/broken\n/drained\n"), Output: out, API: "x", Ordered: true, MaxInline: 100,
		Dir: dirAt(t, dir), Sender: senderFunc(func(ctx context.Context, r *Request) Answer {
			torn := io.MultiReader(strings.NewReader(text(50_000)), brokenReader{})
			if _, err := r.Read(ctx, torn, 100_000); !errors.Is(err, syscall.EIO) {
				t.Errorf("Read of a torn body: %v", err)
			}
			if r.Path == "/broken" {
				return Answer{Err: &Error{KindRead, "broken"}}
			}
			head, err := r.Read(ctx, strings.NewReader(text(40_000)), -1)
			if err != nil || len(head) != memory.HeadSize || string(head) != text(memory.HeadSize) {
				t.Errorf("Read = %d bytes, %v", len(head), err)
			}
			if r.Path == "/drained" {
				return Answer{Status: 200, Err: &Error{KindCancelled, "given up"}}
			}
			return Answer{Status: 200, Body: head}
		}),
	}).Run(t.Context(), nil)
	rows := filedRows(t, out)
	if err != nil || s.OK != 1 || s.Failed != 2 || rows[0].File != "1" {
		t.Errorf("%+v, %v, %q", s, err, out.lines)
	}
	checkFiled(t, dir, rows[0], text(40_000))
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v are left, %v", left, err)
	}
}

// When no file can be written the run ends, and what was answered is kept: a GET is sent again by a later
// run, of a POST nobody knows.
func TestDirThatIsGone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "answers")
	f := dirAt(t, dir)
	if err := os.Remove(dir); err != nil {
		t.Skip(err) // Windows keeps what is open
	}
	out := &lineBuffer{t: t}
	s, err := New(Config{
		Inputs: inputs("/small\n{\"path\":\"/big\",\"body\":\"\"}\n" + strings.Repeat("/big\n", 1000)), Output: out, API: "x",
		Ordered: true, MaxInline: 100, Dir: f, Concurrency: 1, LookAhead: 10,
		Sender: senderFunc(func(ctx context.Context, r *Request) Answer {
			if r.Path == "/small" {
				return Answer{Status: 200}
			}
			_, err := r.Read(ctx, strings.NewReader(text(1000)), -1)
			if !errors.Is(err, ErrNotKept) {
				t.Errorf("Read: %v, want ErrNotKept", err)
			}
			return Answer{Status: http.StatusOK}
		}),
	}).Run(t.Context(), nil)
	if err == nil || !strings.HasPrefix(err.Error(), "write a response to its file: ") {
		t.Errorf("Run = %v", err)
	}
	if s.OK != 1 || s.Unknown != 1 || s.NotSent == 0 || s.Failed != s.Kinds[KindWrite] {
		t.Errorf("%+v\n%q", s, out.lines)
	}
}
