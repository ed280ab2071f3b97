package batch

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/sendctx"
)

// senderFunc is a Sender made of a function.
type senderFunc func(context.Context, *Request) Answer

func (f senderFunc) Send(ctx context.Context, r *Request) Answer { return f(ctx, r) }

// answerOK answers everything at once.
func answerOK(context.Context, *Request) Answer {
	return Answer{Status: 200, Report: sendctx.Report{Attempts: 1}}
}

// repeated is an input of n times the same lines.
func repeated(n int, line string) io.Reader {
	block := strings.Repeat(line+"\n", 1000)
	readers := make([]io.Reader, 0, n/1000)
	for range n / 1000 {
		readers = append(readers, strings.NewReader(block))
	}
	return io.MultiReader(readers...)
}

func BenchmarkRun(b *testing.B) {
	for _, bench := range []struct {
		name    string
		line    string
		ordered bool
	}{
		{name: "path", line: "/pages/1"},
		{name: "path ordered", line: "/pages/1", ordered: true},
		{name: "post", line: `{"id":17,"method":"POST","path":"/pages","json":{"title":"Hello","tags":["a","b"]}}`},
		{name: "query", line: `{"id":17,"path":"/pages","query":{"page":3},"headers":{"X-Trace":"abc"}}`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			const records = 100_000
			b.ReportAllocs()
			for b.Loop() {
				s, err := New(Config{
					Inputs: []record.Input{{Name: "in", Reader: repeated(records, bench.line)}},
					Output: io.Discard, Sender: senderFunc(answerOK), API: "x", Ordered: bench.ordered,
				}).Run(b.Context(), nil)
				if err != nil || s.OK != records {
					b.Fatal(fmt.Sprint(s, err))
				}
			}
			b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
