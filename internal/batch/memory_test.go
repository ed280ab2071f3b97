package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/sendctx"
)

func TestLongLines(t *testing.T) {
	t.Parallel()
	const size = 40 << 20
	long := `{"id":1,"path":"/a","body":"` + strings.Repeat("x", size) + `"}`
	out := &lineBuffer{t: t}
	e := New(Config{
		Inputs: inputs("/first\n"+long+"\r\n/last", `{"path":"/a","body":"`+strings.Repeat("y", 1<<20)+`"}`), Output: out, API: "x", Ordered: true,
		Sender: senderFunc(func(_ context.Context, r *Request) Answer {
			return Answer{Status: 200, Body: fmt.Append(nil, len(r.Body))}
		}),
	})
	if s, err := e.Run(t.Context(), nil); err != nil || s.OK != 4 {
		t.Fatal(s, err)
	}
	if got := out.rows(); got[1].Body != fmt.Sprint(size) || got[3].Body != fmt.Sprint(1<<20) {
		t.Errorf("sent %s and %s bytes, want %d and %d", got[1].Body, got[3].Body, size, 1<<20)
	}
	if u := e.budget.Usage(); u.Peak > u.Max {
		t.Errorf("peak %d of %d", u.Peak, u.Max)
	}
}

func TestTooLongLines(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	for _, test := range []struct {
		size int
		ok   bool
	}{{limit, true}, {limit + 1, true}, {limit + 3, false}, {10 * limit, false}} {
		for _, end := range []string{"\n", "\r\n"} {
			out := &lineBuffer{t: t}
			text := "/a" + end + "/" + strings.Repeat("x", test.size-len("/")-len(end)+1) + end + "/b" + end
			s, err := New(Config{
				Inputs: inputs(text), Output: out, API: "x", Ordered: true, MaxLine: limit, Sender: senderFunc(answerOK),
			}).Run(t.Context(), nil)
			if err != nil || s.Read != 3 || (s.OK == 3) != test.ok || out.rows()[2].Line != 3 {
				t.Errorf("%d bytes: %+v, %v", test.size, s, err)
			}
		}
	}
}

func TestMillionBlankLines(t *testing.T) {
	t.Parallel()
	out := &lineBuffer{t: t}
	blank := strings.NewReader("\ufeff" + strings.Repeat("\n \t\r\n", 500_000) + "/a\n")
	s, err := New(Config{
		Inputs: []record.Input{{Name: "in", Reader: blank}}, Output: out, API: "x", Sender: senderFunc(answerOK),
	}).Run(t.Context(), nil)
	if err != nil || s.Read != 1 || out.rows()[0].Line != 1_000_001 {
		t.Errorf("%+v, %v, %q", s, err, out.lines)
	}
}

func TestLongBlankLinesAreNotHeld(t *testing.T) {
	t.Parallel()
	out := &lineBuffer{t: t}
	e := New(Config{
		Inputs: inputs(strings.Repeat(strings.Repeat(" ", 200_000)+"\n", 10) + "/a"), Output: out, API: "x",
		MaxMemory: 1, Sender: senderFunc(answerOK),
	})
	if s, err := e.Run(t.Context(), nil); err != nil || s.OK != 1 || e.budget.Usage().Peak > e.budget.Usage().Max {
		t.Errorf("%+v, %v, peak %d", s, err, e.budget.Usage().Peak)
	}
}

func TestReadFails(t *testing.T) {
	t.Parallel()
	out := &lineBuffer{t: t}
	e := New(Config{
		Inputs: inputs("/a"), Output: out, API: "x",
		Sender: senderFunc(func(ctx context.Context, r *Request) Answer {
			torn := io.MultiReader(io.LimitReader(endless{}, 1<<20), brokenReader{})
			if _, err := r.Read(ctx, torn, -1); !errors.Is(err, syscall.EIO) {
				t.Errorf("Read of a torn body: %v", err)
			}
			body, err := r.Read(ctx, strings.NewReader("whole"), 1<<20) // said to be longer
			if err != nil {
				t.Error(err)
			}
			return Answer{Status: 200, Body: body}
		}),
	})
	if s, err := e.Run(t.Context(), nil); err != nil || s.OK != 1 || out.rows()[0].Body != "whole" {
		t.Errorf("%+v, %v, %q", s, err, out.lines)
	}
	if b := e.budget.Usage(); b.Records+b.Answers != 0 {
		t.Errorf("%d + %d bytes left", b.Records, b.Answers)
	}
}

// reading is a Sender that answers with as many bytes as the path says, after up to a second.
func reading(t *testing.T, announced bool) senderFunc {
	return func(ctx context.Context, r *Request) Answer {
		var size int64
		fmt.Sscan(strings.TrimPrefix(r.Path, "/"), &size) //nolint:errcheck // 0 is as good
		time.Sleep(rand.N(time.Second))
		said := int64(-1)
		if announced {
			said = size
		}
		body, err := r.Read(ctx, io.LimitReader(endless{}, size), said)
		if err == nil && int64(len(body)) != size {
			t.Errorf("read %d bytes, want %d", len(body), size)
		}
		a := Answer{Status: 200, Report: sendctx.Report{Attempts: 1}, Body: body}
		if err != nil {
			a.Err = &Error{KindRead, err.Error()}
		}
		return a
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// Whatever the sizes, and the order, a run ends, stays within its memory, and loses nothing.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 200_000), 1, 30).Draw(rt, "sizes")
		ordered := rapid.Bool().Draw(rt, "ordered")
		announced := rapid.Bool().Draw(rt, "announced")
		var wrong string
		synctest.Test(t, func(t *testing.T) {
			var text strings.Builder
			for i, size := range sizes {
				fmt.Fprintf(&text, "{\"id\":%d,\"path\":\"/%d\",\"body\":%q}\n", i, size, strings.Repeat("b", size))
			}
			out := &lineBuffer{t: t}
			e := New(Config{
				Inputs: inputs(text.String()), Output: out, API: "x", Ordered: ordered, MaxMemory: 1,
				Sender: reading(t, announced),
			})
			s, err := e.Run(t.Context(), nil)
			if err != nil || s.OK != int64(len(sizes)) {
				wrong = fmt.Sprintf("%+v, %v", s, err)
			}
			if b := e.budget.Usage(); b.Peak > b.Max || b.Records != 0 || b.Answers != 0 || b.Entries != 0 {
				wrong = fmt.Sprintf("peak %d of %d, and %d + %d of %d entries left", b.Peak, b.Max, b.Records, b.Answers, b.Entries)
			}
			for i, r := range out.rows() {
				if ordered && string(r.ID) != fmt.Sprint(i) || len(r.Body) != sizes[r.Line-1] {
					wrong = fmt.Sprintf("result %d is of %s, with %d bytes", i, r.ID, len(r.Body))
				}
			}
		})
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

func TestAnswerLargerThanMemory(t *testing.T) {
	t.Parallel()
	for _, announced := range []bool{false, true} {
		for _, ordered := range []bool{false, true} {
			out := &lineBuffer{t: t}
			s, err := New(Config{
				Inputs: inputs("/10\n/1000000\n{\"method\":\"POST\",\"path\":\"/1000000\"}\n/20\n"), Output: out, API: "x",
				Ordered: ordered, MaxMemory: 1, Sender: senderFunc(func(ctx context.Context, r *Request) Answer {
					a := Answer{Status: 200}
					size := int64(len(r.Path)-1) * 100_000
					a.Body, _ = r.Read(ctx, io.LimitReader(endless{}, size), map[bool]int64{true: size, false: -1}[announced])
					return a
				}),
			}).Run(t.Context(), nil)
			if err != nil || s.OK != 2 || s.Kinds[KindRead] != 1 || s.Kinds[KindUnknown] != 1 || s.Failed != 1 {
				t.Errorf("%+v, %v\n%.400q", s, err, out.lines)
			}
		}
	}
}

// If the oldest record needs what later ones have, who wait for memory until it is done, it is they
// who give up.
func TestOrderNeverLocksUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		connections := make(chan struct{}, 4)
		s, err := New(Config{
			Inputs: inputs("/1\n" + strings.Repeat("/200000\n", 8)), Output: io.Discard, API: "x", Ordered: true, MaxMemory: 1,
			Sender: senderFunc(func(ctx context.Context, r *Request) Answer {
				if r.Line == 1 {
					time.Sleep(5 * time.Second)
				}
				connections <- struct{}{}
				defer func() { <-connections }()
				return reading(t, true)(ctx, r)
			}),
		}).Run(t.Context(), nil)
		if err != nil || s.OK == 0 || s.OK+s.Kinds[KindRead] != 9 {
			t.Errorf("%+v, %v", s, err)
		}
		if s.Elapsed > 10*time.Minute {
			t.Errorf("took %s", s.Elapsed)
		}
	})
}

// With an output that takes nothing, an ordered run stands still: what is complete counts until it is written.
func TestOrderedOutputStalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out, stalled := io.Pipe()
		e := New(Config{
			Inputs: inputs(strings.Repeat("/100000\n", 200)), Output: stalled, API: "x", Ordered: true, MaxMemory: 1,
			Sender: reading(t, false),
		})
		time.AfterFunc(time.Hour, func() { _, _ = io.Copy(io.Discard, out) })
		s, err := e.Run(t.Context(), nil)
		out.Close()
		if err != nil || s.OK != 200 {
			t.Errorf("%+v, %v", s, err)
		}
		if b := e.budget.Usage(); b.Peak > b.Max || b.Records+b.Answers != 0 {
			t.Errorf("peak %d of %d, %d left", b.Peak, b.Max, b.Records+b.Answers)
		}
	})
}

// However a run is ended, its summary balances, and every record has a result or was not sent.
func TestBalance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(rt, "records")
		ordered := rapid.Bool().Draw(rt, "ordered")
		end := rapid.SampledFrom([]string{"none", "drain", "cancel", "both", "write"}).Draw(rt, "end")
		after := rapid.IntRange(0, 3000).Draw(rt, "after")
		kinds := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 8).Draw(rt, "kinds")
		var wrong string
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			drain := make(chan struct{})
			time.AfterFunc(time.Duration(after)*time.Millisecond, func() {
				if end == "drain" || end == "both" {
					close(drain)
				}
				if end == "cancel" {
					cancel()
				}
			})
			if end == "both" {
				time.AfterFunc(time.Duration(after+100)*time.Millisecond, cancel)
			}
			var out countingWriter
			if end == "write" {
				out.failAfter = int64(after/10 + 1)
			}
			s, err := New(Config{
				Inputs: inputs(strings.Repeat("/a\n", n)), Output: &out, API: "x", Ordered: ordered,
				Concurrency: 5, LookAhead: 20, Sender: moody(kinds),
			}).Run(ctx, drain)
			if errors.Is(err, errBalance) || s.Read != s.OK+s.Failed+s.Unknown+s.NotSent {
				wrong = fmt.Sprintf("%+v, %v", s, err)
			}
			if results := s.Read - s.NotSent - s.Kinds[KindWrite]; end != "write" && out.lines.Load() != results {
				wrong = fmt.Sprintf("%d lines, want %d (%+v)", out.lines.Load(), results, s)
			}
			if finished := s.Complete && s.NotSent == 0; end != "write" && end != "none" && err == nil && !finished {
				wrong = fmt.Sprintf("no error, but %+v", s)
			}
			if end == "none" && (err != nil || s.Read != int64(n)) {
				wrong = fmt.Sprintf("%+v of %d, %v", s, n, err)
			}
		})
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

type countingWriter struct {
	lines     atomic.Int64
	failAfter int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	if w.failAfter > 0 && w.lines.Load() == w.failAfter {
		return 0, io.ErrShortWrite
	}
	w.lines.Add(1)
	return len(p), nil
}

// moody is a Sender that does well, fails, waits to be stopped, does not know.
func moody(kinds []int) senderFunc {
	return func(ctx context.Context, r *Request) Answer {
		switch kinds[r.Line%len(kinds)] {
		case 0:
			return Answer{Status: 500, Report: sendctx.Report{Attempts: 1}}
		case 1:
			return Answer{Report: sendctx.Report{Unknown: true, Attempts: 1}}
		case 2:
			select {
			case <-r.Stopping():
				return Answer{Err: &Error{KindCancelled, "stopped"}}
			case <-time.After(time.Second):
			}
		case 3:
			select {
			case <-ctx.Done():
				return Answer{Err: &Error{KindCancelled, "broken off"}}
			case <-time.After(time.Second):
			}
		}
		return Answer{Status: 200, Report: sendctx.Report{Attempts: 1}}
	}
}

// Small records take little memory, however many they are.
func TestMemoryOfManyRecords(t *testing.T) {
	var most atomic.Uint64
	runtime.GC() // what other tests have left does not count
	runtime.GC()
	line := `{"id":17,"method":"POST","path":"/pages","json":{"title":"Hello","tags":["a","b"]}}`
	var seen atomic.Int64
	s, err := New(Config{
		Inputs: []record.Input{{Name: "in", Reader: repeated(100_000, line)}}, Output: io.Discard, API: "x", Ordered: true,
		Sender: senderFunc(func(context.Context, *Request) Answer {
			if seen.Add(1)%5_000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.HeapInuse))
			}
			return Answer{Status: 200, Report: sendctx.Report{Attempts: 1}, Body: bytes.Repeat([]byte("x"), 200)}
		}),
	}).Run(t.Context(), nil)
	if err != nil || s.OK != 100_000 {
		t.Fatal(s, err)
	}
	if most.Load() > 48<<20 {
		t.Errorf("%d MiB in use, want less than 48", most.Load()>>20)
	}
}
