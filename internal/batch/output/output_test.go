package output

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/atomicfile"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/batch/resume"
)

// post is a POST with an id, not met yet.
func post(id int) *batch.Request {
	return &batch.Request{Request: record.Request{
		ID: json.RawMessage(fmt.Sprint(id)), Line: id, API: "x", Method: "POST", Path: "/",
		SHA256: sha256.Sum256(fmt.Append(nil, id)),
	}}
}

// result is a line of output for a record.
func result(id int, rest string) string {
	note := string(batch.AppendNote(nil, post(id)))
	return strings.TrimSuffix(note, "}\n") + "," + rest + "}\n"
}

const (
	ok       = `"ok":true`
	notFound = `"ok":false,"error":{"kind":"http","message":"HTTP 404"}`
	unknown  = `"ok":false,"error":{"kind":"unknown","message":"it was sent, and the run ended before its response was kept"}`
)

func mustOpen(t *testing.T, c Config) *File {
	t.Helper()
	f, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// kill lets go of everything as the end of a process does.
func kill(f *File) {
	_ = f.journal.settle()
	f.results.Close()
	f.notes.Close()
}

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// killed leaves an output with results 1 ok, 2 failed, 3 unknown, and notes of 1 to 5.
func killed(t *testing.T) (path, run string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "out.ndjson")
	f := mustOpen(t, Config{Path: path})
	for i := 1; i <= 6; i++ {
		r := post(i)
		r.MeetIn(f.Known)
		if err := f.Note(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if i == 6 {
			f.Settle(r)
		}
	}
	for i, rest := range []string{ok, notFound, unknown} {
		if _, err := f.Write([]byte(result(i+1, rest))); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = f.results.WriteString(`{"id":4,"line":4,"requ`)
	kill(f)
	return path, f.Run
}

func TestTakeUp(t *testing.T) {
	t.Parallel()
	for _, resend := range []bool{false, true} {
		path, run := killed(t)
		f := mustOpen(t, Config{Path: path, Resume: true, ResendUnknown: resend})
		want := Taken{OK: 1, Unknown: 3, Recovered: 2, Again: 1, Torn: true}
		text := result(1, ok) + result(3, unknown) + result(4, unknown) + result(5, unknown)
		verdicts := []resume.Verdict{resume.Before, resume.Fresh, resume.BeforeUnknown, resume.BeforeUnknown, resume.BeforeUnknown, resume.Fresh}
		if resend {
			want = Taken{OK: 1, Again: 4, Torn: true}
			text = result(1, ok)
			verdicts = []resume.Verdict{resume.Before, resume.Fresh, resume.Fresh, resume.Fresh, resume.Fresh, resume.Fresh}
		}
		if diff := cmp.Diff(want, f.Taken); diff != "" {
			t.Errorf("Taken (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(text, withoutTimes(t, path)); diff != "" {
			t.Errorf("results (-want +got):\n%s", diff)
		}
		for i, want := range verdicts {
			if got := post(i + 1).MeetIn(f.Known); got != want {
				t.Errorf("record %d: %v, want %v", i+1, got, want)
			}
		}
		if f.Run != run || strings.Count(contents(t, JournalName(path)), "\n") != 1 {
			t.Errorf("run %s, want %s; journal:\n%s", f.Run, run, contents(t, JournalName(path)))
		}
		if err := f.Close(Ending{Perfect: true}); err != nil {
			t.Error(err)
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
		if err != nil || len(left) != 1 {
			t.Errorf("%q is left, %v", left, err)
		}
	}
}

// withoutTimes returns the results in a file without the times of those that were written by the test's own run.
func withoutTimes(t *testing.T, path string) string {
	t.Helper()
	return regexp.MustCompile(`"at":"[^"]+Z",`).ReplaceAllString(contents(t, path), "")
}

// Whenever taking up is killed, taking up once more comes to the same.
func TestTakeUpKilled(t *testing.T) {
	t.Parallel()
	steps := map[string]func(t *testing.T, f *File, past *resume.Past, notes *outstanding, text []byte){
		"before anything": func(*testing.T, *File, *resume.Past, *outstanding, []byte) {},
		"notes taken back": func(t *testing.T, f *File, _ *resume.Past, notes *outstanding, _ []byte) {
			must(t, f.takeBack(notes, nil))
		},
		"half a copy": func(t *testing.T, f *File, _ *resume.Past, notes *outstanding, _ []byte) {
			must(t, f.takeBack(notes, nil))
			half, err := atomicfile.Replace(f.path, 0o600)
			must(t, err)
			_, err = half.WriteString(`{"id":1,"li`)
			must(t, errors.Join(err, half.Close()))
		},
		"results renewed": func(t *testing.T, f *File, past *resume.Past, notes *outstanding, text []byte) {
			must(t, f.renew(past, notes, text, nil))
		},
	}
	want := result(1, ok) + result(3, unknown) + result(4, unknown) + result(5, unknown)
	for name, step := range steps {
		path, run := killed(t)
		f := &File{path: path, Known: resume.NewKnown()}
		must(t, f.lock(Config{Path: path}))
		must(t, f.readHeader(Config{Path: path}))
		past, err := f.readResults(Config{Path: path})
		must(t, err)
		notes, err := f.readNotes(past)
		must(t, err)
		text, _ := notes.results(time.Now())
		step(t, f, past, notes, text)
		f.notes.Close()

		again := mustOpen(t, Config{Path: path, Resume: true})
		if diff := cmp.Diff(want, withoutTimes(t, path)); diff != "" || again.Run != run {
			t.Errorf("%s: run %s, want %s (-want +got):\n%s", name, again.Run, run, diff)
		}
		if v := post(2).MeetIn(again.Known); v != resume.Fresh {
			t.Errorf("%s: the failed record is %v, want it sent again", name, v)
		}
		must(t, again.Close(Ending{}))
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
			t.Errorf("%s: %q is left", name, left)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenRejects(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.ndjson")
	f := mustOpen(t, Config{Path: path})
	for name, c := range map[string]Config{
		"another arl":        {Path: path},
		"another that takes": {Path: path, Resume: true},
	} {
		_, err := Open(c)
		if unusable, ok := errors.AsType[*UnusableError](err); !ok || !strings.Contains(unusable.Why, "another arl is writing") || unusable.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := post(1)
	must(t, f.Note(t.Context(), r))
	kill(f)
	if _, err := Open(Config{Path: path}); err == nil || !strings.Contains(err.Error(), "have no result (1)") {
		t.Errorf("with a note: %v", err)
	}
	must(t, os.WriteFile(JournalName(path), []byte("groceries\n"), 0o600))
	if _, err := Open(Config{Path: path, Resume: true}); err == nil || !strings.Contains(err.Error(), "not a journal") {
		t.Errorf("with another file: %v", err)
	}
	must(t, os.WriteFile(JournalName(path), []byte(`{"arl_journal":99,"run":"X"}`+"\n"), 0o600))
	if _, err := Open(Config{Path: path, Resume: true}); err == nil || !strings.Contains(err.Error(), "newer arl") {
		t.Errorf("with a newer journal: %v", err)
	}
}

// A journal whose beginning was never completed belongs to a run that has sent nothing.
func TestTornHeader(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.ndjson")
	must(t, os.WriteFile(JournalName(path), []byte(`{"arl_jour`), 0o600))
	for _, resume := range []bool{false, true} {
		f := mustOpen(t, Config{Path: path, Resume: resume})
		if !strings.HasPrefix(contents(t, JournalName(path)), `{"arl_journal":1,"run":"`+f.Run) {
			t.Errorf("journal:\n%s", contents(t, JournalName(path)))
		}
		must(t, f.Close(Ending{}))
	}
}

// A run keeps its name until it ends well; the next one has another.
func TestRunName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.ndjson")
	names := map[string]bool{}
	var last string
	for i, c := range []struct{ resume, perfect, same bool }{
		{resume: true}, {resume: true, same: true}, {}, {resume: true, same: true, perfect: true}, {resume: true},
	} {
		f := mustOpen(t, Config{Path: path, Resume: c.resume})
		if names[f.Run] != c.same || c.same && f.Run != last {
			t.Errorf("open %d: run %s after %s", i, f.Run, last)
		}
		names[f.Run], last = true, f.Run
		must(t, f.Close(Ending{Perfect: c.perfect}))
	}
}

// What could not be written whole is taken away again.
func TestWriteTakesTornResultsAway(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.ndjson")
	f := mustOpen(t, Config{Path: path})
	if _, err := f.Write([]byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	whole := f.results
	readOnly, err := os.Open(path)
	must(t, err)
	f.results = readOnly
	if _, err := f.Write([]byte("{}\n")); err == nil {
		t.Error("a write that cannot be has no error")
	}
	f.results = whole
	must(t, f.Close(Ending{Lost: true}))
	if got := contents(t, path); got != "{}\n" {
		t.Errorf("results %q", got)
	}
}

// What is at the journal's name and is not one of arl's is left alone: as what it is, with what it holds.
func TestJournalIsNotOthers(t *testing.T) {
	t.Parallel()
	for what, put := range map[string]func(journal, other string) error{
		"a link to a file":    func(journal, other string) error { return os.Symlink(other, journal) },
		"a link to nothing":   func(journal, other string) error { return os.Symlink(other+"-not", journal) },
		"a second name":       func(journal, other string) error { return os.Link(other, journal) },
		"notes":               func(journal, _ string) error { return os.WriteFile(journal, []byte("my notes"), 0o640) },
		"one line":            func(journal, _ string) error { return os.WriteFile(journal, []byte("my notes\n"), 0o640) },
		"a journal of others": func(journal, _ string) error { return os.WriteFile(journal, []byte(`{"arl":1}`), 0o640) },
		"endless":             func(journal, _ string) error { return os.WriteFile(journal, make([]byte, 1<<20), 0o640) },
		"a directory":         func(journal, _ string) error { return os.Mkdir(journal, 0o700) },
	} {
		dir := t.TempDir()
		path, other := filepath.Join(dir, "out"), filepath.Join(dir, "other")
		must(t, os.WriteFile(other, nil, 0o600))
		must(t, put(JournalName(path), other))
		must(t, os.WriteFile(other, []byte("precious"), 0o600))
		before, err := os.Lstat(JournalName(path))
		must(t, err)
		for _, resume := range []bool{false, true} {
			_, err = Open(Config{Path: path, Resume: resume})
			if unusable, ok := errors.AsType[*UnusableError](err); !ok || unusable.Hint == "" {
				t.Errorf("%s: %v, want it rejected with a hint", what, err)
			}
		}
		after, err := os.Lstat(JournalName(path))
		if err != nil || after.Mode() != before.Mode() || after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
			t.Errorf("%s is changed: %v, %v", what, after, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); contents(t, other) != "precious" || len(left) != 2 {
			t.Errorf("%s: %q, %q", what, contents(t, other), left)
		}
	}
}

// The journal is where the file is: also if the output is a link to one that is made only now.
func TestJournalOfALinkToNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link, path := filepath.Join(dir, "link"), filepath.Join(dir, "below", "out")
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	must(t, os.Symlink(filepath.Join("below", "out"), link))
	f := mustOpen(t, Config{Path: link})
	must(t, f.Note(t.Context(), post(1)))
	f.release(nil)

	again := mustOpen(t, Config{Path: link, Resume: true})
	if again.Run != f.Run || again.Taken.Recovered != 1 {
		t.Errorf("resumed: %+v of run %s, want the note of %s", again.Taken, again.Run, f.Run)
	}
	must(t, again.Close(Ending{}))
	if _, err := os.Stat(JournalName(path)); err != nil {
		t.Error(err)
	}
}

// Jobs that a run has not come to stay in the journal, however it ends.
func TestJobsThatWereNotMet(t *testing.T) {
	t.Parallel()
	for _, end := range []Ending{{}, {Perfect: true}} {
		path := filepath.Join(t.TempDir(), "out.ndjson")
		f := mustOpen(t, Config{Path: path})
		r := post(1)
		r.MeetIn(f.Known)
		if err := f.Accept(t.Context(), r, &batch.Job{URL: "http://x/job", Status: 202}); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(Ending{Jobs: true}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			f = mustOpen(t, Config{Path: path, Resume: true})
			if f.Taken.Jobs != 1 {
				t.Errorf("%+v: %d jobs are known, want 1", end, f.Taken.Jobs)
			}
			if err := f.Close(end); err != nil {
				t.Fatal(err)
			}
		}
		f = mustOpen(t, Config{Path: path, Resume: true})
		post(1).MeetIn(f.Known)
		if _, err := f.Write([]byte(result(1, ok))); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(Ending{Perfect: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(JournalName(path)); err == nil {
			t.Error("the journal is there when the job is done")
		}
	}
}
