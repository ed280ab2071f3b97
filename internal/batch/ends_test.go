package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/sendctx"
)

func TestDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{
			Inputs: inputs(strings.Repeat("/a\n", 100)), Output: io.Discard, API: "x", Concurrency: 1, Deadline: 4500 * time.Millisecond,
			Sender: senderFunc(func(context.Context, *Request) Answer {
				time.Sleep(time.Second)
				return Answer{Status: 200, Report: sendctx.Report{Attempts: 1}}
			}),
		}).Run(t.Context(), nil)
		if !errors.Is(err, StopDeadline) || s.OK != 5 || s.NotSent != 95 || s.Elapsed != 5*time.Second {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// A deadline that comes when all is done is none.
func TestDeadlineAfterTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{
			Inputs: inputs("/a\n"), Output: io.Discard, API: "x", Deadline: time.Second,
			Sender: senderFunc(func(context.Context, *Request) Answer {
				time.Sleep(time.Minute)
				return Answer{Status: 200}
			}),
		}).Run(t.Context(), nil)
		if err != nil || s.OK != 1 || s.Elapsed != time.Minute {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestMaxRequests(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]error{1: StopRequests, 3: StopRequests, 4: nil, 5: nil} {
		for _, ordered := range []bool{false, true} {
			s, err := New(Config{
				Inputs: inputs("/a\n[bad\n/b\n/c\n[bad\n/d\n[bad"), Output: io.Discard, API: "x", MaxRequests: n, Ordered: ordered,
				Sender: senderFunc(answerOK),
			}).Run(t.Context(), nil)
			if !errors.Is(err, want) || s.OK != min(n, 4) || s.Complete != (want == nil) || s.Read != s.OK+s.Failed {
				t.Errorf("%d: %+v, %v", n, s, err)
			}
		}
	}
}

func TestMaxFailures(t *testing.T) {
	t.Parallel()
	for _, input := range []string{strings.Repeat("/a\n", 100_000), strings.Repeat("[bad\n", 100_000)} {
		s, err := New(Config{
			Inputs: inputs(input), Output: io.Discard, API: "x", MaxFailures: 7, Concurrency: 2,
			Sender: senderFunc(func(context.Context, *Request) Answer { return Answer{Status: 500} }),
		}).Run(t.Context(), nil)
		if !errors.Is(err, StopFailures) || s.Failed < 7 || s.Failed > 8 || s.Read != s.Failed+s.NotSent {
			t.Errorf("%+v, %v", s, err)
		}
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("the journal is full")
		var e *Engine
		e = New(Config{
			Inputs: inputs("/a\n/b\n/c\n"), Output: io.Discard, API: "x", Concurrency: 1,
			Sender: senderFunc(func(_ context.Context, r *Request) Answer {
				if r.Line == 2 {
					e.Stop(why)
					return Answer{Err: &Error{Kind: KindCancelled}}
				}
				return Answer{Status: 200}
			}),
		})
		e.Stop(why) // not running yet: nothing happens
		s, err := e.Run(t.Context(), nil)
		if !errors.Is(err, why) || s.OK != 1 || s.NotSent != 2 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// What an earlier run has answered is not sent, counts as done, and leaves no gap in the order.
func TestRunKnows(t *testing.T) {
	t.Parallel()
	for _, ordered := range []bool{false, true} {
		known := resume.NewKnown()
		out := &lineBuffer{t: t}
		input := "/1\n{\"id\":2,\"path\":\"/unknown\"}\n/3\n/4\n{\"id\":5,\"path\":\"/5\"}\n[bad\n"
		past, err := resume.ReadPast(strings.NewReader(someOutput(t, "/1\n{\"id\":2,\"path\":\"/unknown\"}\n/4\n{\"id\":5,\"path\":\"/other\"}\n", known)), resume.PastConfig{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(Config{
			Inputs: inputs(input), Output: out, API: "x", Ordered: ordered, Known: past.Known, LookAhead: 1, Sender: senderFunc(answerOK),
		}).Run(t.Context(), nil)
		if err != nil {
			t.Error(err)
		}
		checkSummary(t, s, Summary{
			Read: 6, Before: 2, OK: 1, Failed: 2, Unknown: 1, Kept: 1, Attempts: 1, Complete: true,
			Kinds: map[Kind]int64{KindUnknown: 1, KindInput: 2},
		})
		if rows := out.rows(); len(rows) != 3 || ordered && (rows[0].Path != "/3" || rows[1].Line != 5 || rows[2].Line != 6) {
			t.Errorf("results %q", out.lines)
		}
	}
}

// Failed records are passed on as they were read, and count against the memory until then.
func TestFailedOut(t *testing.T) {
	t.Parallel()
	var failed strings.Builder
	input := "/ok\n {\"path\": \"/failed\",\"body\":\"a\\u0041\"} \r\n[bad \xff\n/unknown\n/failed\n" + `{"path":"/failed","body":"` + strings.Repeat("x", 200_000) + `"}` + "\n"
	e := New(Config{
		Inputs: inputs(input + strings.Repeat("y", 400_000)), Output: io.Discard, API: "x", FailedOut: &failed, Ordered: true, MaxMemory: 1,
		Sender: senderFunc(func(_ context.Context, r *Request) Answer {
			return Answer{Status: map[bool]int{true: 404, false: 200}[r.Path == "/failed"], Report: sendctx.Report{Unknown: r.Path == "/unknown"}}
		}),
	})
	s, err := e.Run(t.Context(), nil)
	if err != nil || s.Failed != 5 {
		t.Errorf("%+v, %v", s, err)
	}
	want := "{\"path\": \"/failed\",\"body\":\"a\\u0041\"}\n[bad \xff\n/failed\n" + `{"path":"/failed","body":"` + strings.Repeat("x", 200_000) + `"}` + "\n"
	if failed.String() != want {
		t.Errorf("failed records %.300q", failed.String())
	}
	if b := e.budget.Usage(); b.Peak > b.Max || b.Peak < 400_000 || b.Records != 0 {
		t.Errorf("peak %d of %d, %d left", b.Peak, b.Max, b.Records)
	}
}

func TestFailedOutFails(t *testing.T) {
	t.Parallel()
	s, err := New(Config{
		Inputs: inputs(strings.Repeat("[bad\n", 50_000)), Output: io.Discard, API: "x", FailedOut: &failingWriter{3, syscall.ENOSPC}, Sender: senderFunc(answerOK),
	}).Run(t.Context(), nil)
	if !errors.Is(err, syscall.ENOSPC) || s.Read != s.Failed+s.NotSent || s.Complete {
		t.Errorf("%+v, %v", s, err)
	}
}

// A summary that does not balance is an error, whichever count is wrong.
func TestImbalanceIsAnError(t *testing.T) {
	t.Parallel()
	fine := Summary{Read: 15, Before: 5, OK: 4, Failed: 3, Unknown: 2, NotSent: 1}
	if err := fine.check(); err != nil {
		t.Error(err)
	}
	for i, spoil := range []func(*Summary){
		func(s *Summary) { s.Read++ }, func(s *Summary) { s.Before++ }, func(s *Summary) { s.OK-- },
		func(s *Summary) { s.Failed++ }, func(s *Summary) { s.Unknown++ }, func(s *Summary) { s.NotSent-- },
	} {
		s := fine
		spoil(&s)
		if err := s.check(); !errors.Is(err, errBalance) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// The calendar may be set back during a run: what is measured is measured without it.
func TestElapsedIgnoresTheCalendar(t *testing.T) {
	t.Parallel()
	e := New(Config{Inputs: inputs("/a\n"), Output: io.Discard, API: "x", Sender: senderFunc(answerOK)})
	if _, err := e.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if began := fmt.Sprint(e.tally.began); !strings.Contains(began, " m=") {
		t.Errorf("began %s, without the clock that never goes back", began)
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	const first = "{\"id\":1,\"path\":\"/1\"}\n"
	known := resume.NewKnown()
	_, err := Plan(t.Context(), Config{Inputs: inputs(first), API: "x", Sender: senderFunc(answerOK)}, func(r *Request) error {
		known.Add(&resume.Result{ID: r.ID, SHA256: r.SHA256, Occurrence: 1, OK: true})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	s, err := Plan(t.Context(), Config{
		Inputs: inputs(first+"/2\n[bad\n/rejected\n", "/3"), API: "x", Known: known, Sender: senderFunc(answerOK),
	}, func(r *Request) error {
		seen = append(seen, r.Path)
		if r.Path == "/rejected" {
			return errors.New("no")
		}
		return nil
	})
	if err != nil || strings.Join(seen, " ") != "/2 /rejected /3" {
		t.Errorf("saw %q, %v", seen, err)
	}
	checkSummary(t, s, Summary{Read: 5, Before: 1, Failed: 2, NotSent: 2, Complete: true, Kinds: map[Kind]int64{KindInput: 2}})
}
