package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/sendctx"
)

// A lineBuffer keeps what is written, and that it is written line by line.
type lineBuffer struct {
	t     *testing.T
	lines []string
	wrote chan struct{} // if set, gets one for each line
}

func (b *lineBuffer) Write(p []byte) (int, error) {
	if bytes.IndexByte(p, '\n') != len(p)-1 {
		b.t.Errorf("Write(%.80q) is not one line", p)
	}
	b.lines = append(b.lines, string(p[:len(p)-1]))
	if b.wrote != nil {
		b.wrote <- struct{}{}
	}
	return len(p), nil
}

// A row is what tests look at in a result.
type row struct {
	ID     json.RawMessage
	Line   int
	API    string
	Path   string
	Status int
	OK     bool
	JSON   json.RawMessage
	Body   string
	Error  *struct {
		Kind    Kind
		Message string
	}
}

func (b *lineBuffer) rows() []row {
	b.t.Helper()
	rows := make([]row, len(b.lines))
	for i, line := range b.lines {
		if err := json.Unmarshal([]byte(line), &rows[i]); err != nil {
			b.t.Fatalf("result %q: %v", line, err)
		}
	}
	return rows
}

// inputs makes inputs of texts.
func inputs(texts ...string) (in []record.Input) {
	for i, text := range texts {
		in = append(in, record.Input{Name: string(rune('a' + i)), Reader: strings.NewReader(text)})
	}
	return in
}

var ignoreTime = cmpopts.IgnoreFields(Summary{}, "Started", "Elapsed", "Bytes") //nolint:gochecknoglobals // an option

func checkSummary(t *testing.T, got, want Summary) {
	t.Helper()
	if want.Complete {
		want.Seen = want.Read + want.Elsewhere
	}
	if diff := cmp.Diff(want, got, ignoreTime, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestRunWritesOneResultPerRecord(t *testing.T) {
	t.Parallel()
	out := &lineBuffer{t: t}
	e := New(Config{
		Inputs: inputs("/a\n\n{\"id\": 1.0,\"path\":\"/b\",\"json\":{\"n\":1e400}}\n\"/c\"\n{bad\n", "/d"),
		Output: out, API: "x", Ordered: true,
		Sender: senderFunc(func(_ context.Context, r *Request) Answer {
			if r.Path == "/c" {
				return Answer{Status: 404, Report: sendctx.Report{Attempts: 1}, Body: []byte("not here\n")}
			}
			body := append([]byte(r.Method+" "), r.Body...)
			return Answer{Status: 200, Report: sendctx.Report{Attempts: 2, Waited: 340 * time.Millisecond, Elapsed: 120 * time.Millisecond}, Body: body}
		}),
	})
	s, err := e.Run(t.Context(), nil)
	if err != nil {
		t.Error(err)
	}
	checkSummary(t, s, Summary{
		Read: 5, OK: 3, Failed: 2, Attempts: 7, Complete: true,
		Kinds: map[Kind]int64{KindInput: 1, KindHTTP: 1},
	})
	want := []string{
		`{"line":1,"request_sha256":"HASH","api":"x","method":"GET","path":"/a","status":200,"ok":true,"body":"GET ","attempts":2,"waited_ms":340,"elapsed_ms":120}`,
		`{"id":1.0,"line":3,"request_sha256":"HASH","api":"x","method":"POST","path":"/b","status":200,"ok":true,"body":"POST {\"n\":1e400}","attempts":2,"waited_ms":340,"elapsed_ms":120}`,
		`{"line":4,"request_sha256":"HASH","api":"x","method":"GET","path":"/c","status":404,"ok":false,"body":"not here\n","attempts":1,"waited_ms":0,"elapsed_ms":0,"error":{"kind":"http","message":"HTTP 404 Not Found"}}`,
		`{"line":5,"api":"x","method":"GET","ok":false,"error":{"kind":"input","message":"a:5: not valid JSON at byte 2: invalid character 'b' looking for beginning of object key string; write each record on one line, for example with ` + "`jq -c .`" + `"}}`,
		`{"line":1,"request_sha256":"HASH","api":"x","method":"GET","path":"/d","status":200,"ok":true,"body":"GET ","attempts":2,"waited_ms":340,"elapsed_ms":120}`,
	}
	if diff := cmp.Diff(want, hideHashes(out.lines)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func hideHashes(lines []string) (hidden []string) {
	times := regexp.MustCompile(`,"at":"[-0-9]{10}T[:0-9]{8}[.][0-9]{3}Z"(,"response_sha256":"[0-9a-f]{64}")?`)
	for _, line := range lines {
		if before, rest, ok := strings.Cut(line, `"request_sha256":"`); ok {
			line = before + `"request_sha256":"HASH` + rest[64:]
		}
		line = times.ReplaceAllString(line, "")
		hidden = append(hidden, line)
	}
	return hidden
}

func TestRunDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &lineBuffer{t: t}
		e := New(Config{
			Inputs: inputs(strings.Repeat("/a\n", 100)), Output: out, API: "x", Concurrency: 2, LookAhead: 10,
			Sender: senderFunc(func(_ context.Context, r *Request) Answer {
				if r.Line == 3 { // waits for a limit
					<-r.Stopping()
					return Answer{Err: &Error{Kind: KindCancelled}}
				}
				time.Sleep(time.Second)
				return Answer{Status: 200, Report: sendctx.Report{Attempts: 1}}
			}),
		})
		drain := make(chan struct{})
		time.AfterFunc(2500*time.Millisecond, func() { close(drain) })
		s, err := e.Run(t.Context(), drain)
		if !errors.Is(err, StopAsked) {
			t.Errorf("Run = %v, want %v", err, StopAsked)
		}
		// Lines 1 and 2, then 4 and 5 beside 3; 4 more than was through had been read.
		if s.OK != 4 || s.Failed+s.Unknown != 0 || s.Read != s.OK+s.NotSent || s.Complete || len(out.lines) != 4 {
			t.Errorf("summary %+v, %d lines", s, len(out.lines))
		}
		if s.Elapsed != 3*time.Second {
			t.Errorf("took %s, want 3s", s.Elapsed)
		}
	})
}

func TestRunBreaksOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		out := &lineBuffer{t: t}
		s, err := New(Config{
			Inputs: inputs("/get\n{\"path\":\"/post\",\"json\":1}\n"), Output: out, API: "x",
			Sender: senderFunc(func(ctx context.Context, r *Request) Answer {
				<-ctx.Done()
				return Answer{Err: &Error{KindCancelled, "cancelled"}, Report: sendctx.Report{Unknown: r.Method == "POST", Attempts: 1}}
			}),
		}).Run(ctx, nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want %v", err, context.Canceled)
		}
		checkSummary(t, s, Summary{
			Read: 2, NotSent: 1, Unknown: 1, Attempts: 2, Complete: true, Kinds: map[Kind]int64{KindUnknown: 1},
		})
		if s.Elapsed != time.Second || len(out.lines) != 1 {
			t.Errorf("took %s, wrote %q", s.Elapsed, out.lines)
		}
	})
}

// A stuckWriter blocks until it is closed.
type stuckWriter chan struct{}

func (w stuckWriter) Write(p []byte) (int, error) {
	<-w
	return len(p), nil
}

func TestRunBreaksOffWithoutItsReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		out := make(stuckWriter)
		defer close(out)
		s, err := New(Config{
			Inputs: inputs("/a\n/b\n/c\n"), Output: out, API: "x", Sender: senderFunc(answerOK),
		}).Run(ctx, nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want %v", err, context.Canceled)
		}
		checkSummary(t, s, Summary{Read: 3, Unknown: 3, Lost: 3, Complete: true, Kinds: map[Kind]int64{KindUnknown: 3}})
		if s.Elapsed != time.Second+grace {
			t.Errorf("took %s, want %s", s.Elapsed, time.Second+grace)
		}
	})
}

func TestRunDrainsWithoutItsInput(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in, typing := io.Pipe()
		defer typing.Close()
		out := &lineBuffer{t: t, wrote: make(chan struct{}, 1)}
		drain := make(chan struct{})
		go func() {
			fmt.Fprintln(typing, "/a")
			<-out.wrote // a record is sent although no more come
			close(drain)
		}()
		s, err := New(Config{
			Inputs: []record.Input{{Name: "stdin", Reader: in}}, Output: out, API: "x", Sender: senderFunc(answerOK),
		}).Run(t.Context(), drain)
		if !errors.Is(err, StopAsked) {
			t.Errorf("Run = %v, want %v", err, StopAsked)
		}
		checkSummary(t, s, Summary{Read: 1, OK: 1, Attempts: 1})
	})
}

// A failingWriter takes some lines, then none.
type failingWriter struct {
	left int
	err  error
}

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		return 0, w.err
	}
	return len(p), nil
}

func TestRunWhenOutputFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err, want error
	}{
		{syscall.EPIPE, ErrReaderGone},
		{io.ErrClosedPipe, ErrReaderGone},
		{syscall.ENOSPC, syscall.ENOSPC},
	} {
		for _, ordered := range []bool{false, true} {
			s, err := New(Config{
				Inputs: inputs(strings.Repeat("/a\n", 50_000)), Output: &failingWriter{10, test.err},
				API: "x", Sender: senderFunc(answerOK), Ordered: ordered,
			}).Run(t.Context(), nil)
			if !errors.Is(err, test.want) {
				t.Errorf("Run = %v, want %v", err, test.want)
			}
			if s.OK != 10 || s.Unknown == 0 || s.Kinds[KindWrite] != s.Unknown || s.Read != s.OK+s.Unknown+s.NotSent {
				t.Errorf("%v: summary %+v", test.err, s)
			}
		}
	}
}

func TestRunWhenInputFails(t *testing.T) {
	t.Parallel()
	out := &lineBuffer{t: t}
	in := io.MultiReader(strings.NewReader("/a\n/b\n/to"), &brokenReader{})
	s, err := New(Config{
		Inputs: []record.Input{{Name: "in", Reader: in}}, Output: out, API: "x", Sender: senderFunc(answerOK),
	}).Run(t.Context(), nil)
	if !errors.Is(err, syscall.EIO) || !strings.HasPrefix(err.Error(), "read in after line 2: ") {
		t.Errorf("Run = %v, want EIO", err)
	}
	checkSummary(t, s, Summary{Read: 2, OK: 2, Attempts: 2})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, syscall.EIO }

func TestRunStopsWhenDenied(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	s, err := New(Config{
		Inputs: inputs(strings.Repeat("/a\n", 1000)), Output: io.Discard, API: "x", Concurrency: 1,
		Sender: senderFunc(func(context.Context, *Request) Answer {
			if n := sent.Add(1); n == 4 { // not five in a row
				return Answer{Status: 500, Report: sendctx.Report{Attempts: 1}}
			}
			return Answer{Status: http.StatusUnauthorized, Report: sendctx.Report{Attempts: 1}}
		}),
	}).Run(t.Context(), nil)
	var stop Stop
	if !errors.As(err, &stop) || stop != StopDenied {
		t.Errorf("Run = %v, want %v", err, StopDenied)
	}
	if s.Failed != 9 || s.Failed+s.NotSent != s.Read {
		t.Errorf("summary %+v, want 9 failed", s)
	}
}

func TestPausedAPIHoldsNoOtherUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &lineBuffer{t: t}
		var text strings.Builder
		for i := range 2000 {
			fmt.Fprintf(&text, "{\"id\":%d,\"api\":%q,\"path\":\"/\"}\n", i, []string{"slow", "fast"}[i%2])
		}
		s, err := New(Config{
			Inputs: inputs(text.String()), Output: out,
			Sender: senderFunc(func(_ context.Context, r *Request) Answer {
				if r.API == "slow" {
					time.Sleep(time.Hour)
				}
				return Answer{Status: 200}
			}),
		}).Run(t.Context(), nil)
		if err != nil || s.OK != 2000 {
			t.Fatal(s, err)
		}
		for i, r := range out.rows() {
			if want := "fast"; i < 1000 && r.API != want {
				t.Fatalf("result %d is of %s, want %s", i, r.API, want)
			}
		}
		if want := 16 * time.Hour; s.Elapsed != want { // 1000 records, 64 at a time
			t.Errorf("took %s, want %s", s.Elapsed, want)
		}
	})
}

// What hesitates for a moment is not read further ahead of, that would only take memory; what is held
// up is.
func TestLookAhead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		held        time.Duration
		least, most int64 // records that wait
	}{
		{900 * time.Millisecond, plenty, plenty + unhurried + 64},
		{2 * time.Second, 10_000, 10_000},
	} {
		const records = 30_000
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now().Add(time.Second)
			end := begin.Add(tt.held)
			e := New(Config{
				Inputs: inputs(strings.Repeat("/x\n", records)), Output: io.Discard, API: "x",
				Sender: senderFunc(func(context.Context, *Request) Answer {
					time.Sleep(10 * time.Millisecond)
					if time.Now().After(begin) {
						time.Sleep(time.Until(end))
					}
					return Answer{Status: 200}
				}),
			})
			var waiting int64
			go func() {
				time.Sleep(time.Until(end) - time.Microsecond)
				s := e.Snapshot()
				waiting = s.Read - s.through()
			}()
			if s, err := e.Run(t.Context(), nil); err != nil || s.OK != records {
				t.Fatal(s, err)
			}
			if waiting < tt.least || waiting > tt.most {
				t.Errorf("held up for %s: %d records wait, want %d to %d", tt.held, waiting, tt.least, tt.most)
			}
		})
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	var done []Done
	_, err := New(Config{
		Inputs: inputs("/a\n[\n"), Output: io.Discard, API: "x", Sender: senderFunc(answerOK), Ordered: true, Observe: func(d *Done) { done = append(done, *d) },
	}).Run(t.Context(), nil)
	if err != nil {
		t.Errorf("Run = %v", err)
	}
	want := []Done{
		{Line: 1, Input: "a", API: "x", Method: "GET", Path: "/a", Outcome: OK, Status: 200, Report: sendctx.Report{Attempts: 1}},
		{Line: 2, Input: "a", API: "x", Method: "GET", Outcome: Failed, Err: &Error{
			KindInput, "a record is an object, a string or a path, not an array; `jq -c '.[]'` makes lines of its elements",
		}},
	}
	for _, d := range done {
		if !bytes.HasPrefix(d.Result, fmt.Appendf(nil, `{"line":%d,`, d.Line)) {
			t.Errorf("Result of line %d: %s", d.Line, d.Result)
		}
	}
	if diff := cmp.Diff(want, done, cmpopts.IgnoreFields(Done{}, "Result")); diff != "" {
		t.Errorf("Done (-want +got):\n%s", diff)
	}
}
