package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/arl-cli/arl/internal/batch/resume"
	"github.com/arl-cli/arl/internal/sendctx"
)

// someOutput is what a run writes of these paths: /ok, /failed, /unknown.
func someOutput(tb testing.TB, input string, known *resume.Known) string {
	tb.Helper()
	var out strings.Builder
	_, err := New(Config{
		Inputs: inputs(input), Output: &out, API: "x", Ordered: true, Known: known,
		Sender: senderFunc(func(_ context.Context, r *Request) Answer {
			a := Answer{Status: 200, Report: sendctx.Report{Attempts: 1}, Body: []byte(`{"a":"\u0000}"}`)}
			if strings.Contains(r.Path, "failed") {
				a.Status = 404
			}
			a.Unknown = strings.Contains(r.Path, "unknown")
			return a
		}),
	}).Run(tb.Context(), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// Wherever an output is cut off, what is whole counts, and the rest is torn.
func TestReadPastOfTornOutput(t *testing.T) {
	t.Parallel()
	input := "/ok\n{\"id\":\"x\",\"path\":\"/failed\"}\n{\"id\":7,\"path\":\"/unknown\"}\n[bad\n/ok\n{\"id\":{\"a\":1},\"path\":\"/ok\"}\n"
	whole := someOutput(t, input, resume.NewKnown())
	for cut := range len(whole) + 1 {
		p, err := resume.ReadPast(strings.NewReader(whole[:cut]), resume.PastConfig{})
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		lines := strings.Count(whole[:cut], "\n")
		if p.Unended {
			lines++
		}
		if got := p.OK + p.Unknown + p.Again; got != int64(lines) || p.End+p.Torn != int64(cut) {
			t.Errorf("cut at %d: %d results, want %d; end %d, torn %d", cut, got, lines, p.End, p.Torn)
		}
		if p.Torn == 0 && !p.Unended && cut > 0 && whole[cut-1] != '\n' {
			t.Errorf("cut at %d: not torn", cut)
		}
	}
}

func TestReadPastKeeps(t *testing.T) {
	t.Parallel()
	out := someOutput(t, "/failed\n/ok\n/unknown\n/failed\n/failed\n/ok\n", resume.NewKnown())
	lines := strings.SplitAfter(out, "\n")
	for _, test := range []struct {
		c    resume.PastConfig
		want string
	}{
		{resume.PastConfig{}, lines[1] + lines[2] + lines[5]},
		{resume.PastConfig{ResendUnknown: true}, lines[1] + lines[5]},
	} {
		p, err := resume.ReadPast(strings.NewReader(out), test.c)
		if err != nil {
			t.Fatal(err)
		}
		var kept strings.Builder
		for _, span := range p.Keep {
			kept.WriteString(out[span.From:span.To])
		}
		if diff := cmp.Diff(test.want, kept.String()); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.c, diff)
		}
	}
}

func TestReadPastRejects(t *testing.T) {
	t.Parallel()
	out := someOutput(t, "/ok\n/ok\n", resume.NewKnown())
	for _, test := range []struct {
		text string
		line int64
	}{
		{"hello\n", 1}, {"hello", 1}, {out + "{\"id\":1,\"path\":\"/x\"}\n", 3}, {out + "[1]\n" + out, 3}, {out + "# end", 3},
	} {
		_, err := resume.ReadPast(strings.NewReader(test.text), resume.PastConfig{})
		var strange *resume.NotResultError
		if !errors.As(err, &strange) || strange.Line != test.line {
			t.Errorf("ReadPast(%.20q) = %v, want line %d", test.text, err, test.line)
		}
	}
	for _, fine := range []string{"", "\n", out + "\n\n", out + "{\"i", out + "\x00\x00\x00", out + "{\"line\":1\x00\x00", "\x00\x00\n" + out} {
		if _, err := resume.ReadPast(strings.NewReader(fine), resume.PastConfig{}); err != nil {
			t.Errorf("ReadPast(%.20q) = %v", fine, err)
		}
	}
}

// A run that is broken off at any result, again and again, sends every record once and leaves one
// result of each; in order, what is added is in the order of the input.
func TestResumeUntilDone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(rt, "records")
		ordered := rapid.Bool().Draw(rt, "ordered")
		kinds := rapid.IntRange(1, 20).Draw(rt, "different requests")
		var input strings.Builder
		for i := range n {
			if i%3 == 0 {
				fmt.Fprintf(&input, "{\"id\":%d,\"path\":\"/%d\"}\n", i, i%kinds)
			} else {
				fmt.Fprintf(&input, "/%d\n", i%kinds)
			}
		}
		var out bytes.Buffer
		for range n + 1 {
			past, err := resume.ReadPast(bytes.NewReader(out.Bytes()), resume.PastConfig{})
			if err != nil {
				rt.Fatal(err)
			}
			out.Truncate(int(past.End))
			before, lines := out.Len(), rapid.IntRange(1, n).Draw(rt, "results")
			s, _ := New(Config{
				Inputs: inputs(input.String()), Output: &tearing{&out, lines}, API: "x", Ordered: ordered, Known: past.Known,
				Concurrency: 4, Sender: senderFunc(answerOK),
			}).Run(t.Context(), nil)
			// A run that was broken off early has not come across all that was done.
			if s.Read != s.through() || s.Before > past.OK || s.Complete && s.Before != past.OK {
				rt.Fatalf("%+v, %d were done", s, past.OK)
			}
			checkOrder(rt, out.Bytes()[before:], ordered)
			if s.Complete && s.OK+s.Before == int64(n) {
				break
			}
		}
		times := map[resume.Place]int{}
		for line := range bytes.Lines(out.Bytes()) {
			if r, ok := resume.ParseResult(bytes.TrimSpace(line)); ok {
				times[r.Place()]++
			}
		}
		past, err := resume.ReadPast(&out, resume.PastConfig{})
		if err != nil || past.OK != int64(n) || past.Again+past.Unknown+past.Torn != 0 {
			rt.Fatalf("%+v, %v, want %d ok", past, err, n)
		}
		for place, n := range times {
			if n != 1 {
				rt.Errorf("%v has %d results", place, n)
			}
		}
	})
}

// tearing writes some lines, half of the next one, and then nothing.
type tearing struct {
	to   io.Writer
	left int
}

func (w *tearing) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		n, _ := w.to.Write(p[:len(p)/2])
		return n, io.ErrShortWrite
	}
	return w.to.Write(p)
}

func checkOrder(rt *rapid.T, added []byte, ordered bool) {
	last := 0
	for line := range bytes.Lines(added) {
		var n int
		if _, after, ok := bytes.Cut(line, []byte(`"line":`)); ok && bytes.HasSuffix(line, []byte("\n")) {
			_, _ = fmt.Sscan(string(after), &n)
		}
		if n < last && n > 0 && ordered {
			rt.Fatalf("line %d after %d", n, last)
		}
		last = max(last, n)
	}
}
