package batch

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/batch/record"
)

// firstSegment is a lane for each value of a path's first segment.
func firstSegment(r *Request) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
	return name
}

// However many records of one lane wait, those of the other lanes of its api are sent.
func TestPausedLaneHoldsNoOtherUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &lineBuffer{t: t}
		var text strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&text, "/slow/%d\n", i)
		}
		for i := range 20_000 {
			fmt.Fprintf(&text, "/fast%d/%d\n", i%5, i)
		}
		s, err := New(Config{
			Inputs: inputs(text.String()), Output: out, API: "x", Lane: firstSegment,
			Sender: senderFunc(func(_ context.Context, r *Request) Answer {
				if firstSegment(r) == "slow" {
					time.Sleep(time.Hour)
				}
				return Answer{Status: 200}
			}),
		}).Run(t.Context(), nil)
		if err != nil || s.OK != 21_000 {
			t.Fatal(s, err)
		}
		for i, r := range out.rows()[:20_000] {
			if strings.HasPrefix(r.Path, "/slow") {
				t.Fatalf("result %d is %s, and others were not held up", i, r.Path)
			}
		}
		if want := 16 * time.Hour; s.Elapsed != want { // 1000 records, 64 at a time
			t.Errorf("took %s, want %s", s.Elapsed, want)
		}
	})
}

// However many lanes there are, so many have workers of their own, and every lane has some.
func TestLanesAreBounded(t *testing.T) {
	t.Parallel()
	ls := newLanes(4)
	workers := map[*lane]int{}
	for i := range 1000 {
		for range 10 {
			e := &entry{req: Request{Request: record.Request{API: "x"}}}
			l, more := ls.push(e, fmt.Sprint(i))
			if more {
				workers[l]++
			}
		}
	}
	total := 0
	for l, n := range workers {
		total += n
		if n < share || n > 4 {
			t.Errorf("lane %v has %d workers", l.name, n)
		}
	}
	if len(workers) != mostLanes+1 || total > crowd*4+share*mostLanes {
		t.Errorf("%d lanes with %d workers", len(workers), total)
	}
	for l, n := range workers {
		for n > 0 {
			if ls.pop(l) == nil {
				n--
			}
		}
	}
	if len(ls.named) != 0 || len(ls.crews) != 0 {
		t.Errorf("%d lanes and %d crews are left", len(ls.named), len(ls.crews))
	}
}

// A host that waits for its limit leaves workers to all others, however many hosts there are.
func TestLanesOfOrigins(t *testing.T) {
	t.Parallel()
	ls := newLanes(4)
	const hosts = 1000
	workers := 0
	for i := range hosts {
		e := &entry{req: Request{Request: record.Request{API: "h" + string(rune(i)), Origin: "https://h"}}}
		if _, more := ls.push(e, ""); more {
			workers++
		}
	}
	if workers != hosts {
		t.Errorf("%d workers for %d hosts, each with one record", workers, hosts)
	}
	workers = 0
	for range 100 {
		if _, more := ls.push(&entry{req: Request{Request: record.Request{API: "busy", Origin: "https://h"}}}, ""); more {
			workers++
		}
	}
	if workers != 1 {
		t.Errorf("one more host takes %d workers where there are %d already, want 1", workers, hosts)
	}
	if l, _ := ls.push(&entry{req: Request{Request: record.Request{API: "h1"}}}, ""); l.name.origin {
		t.Error("an api is in the lane of a host of its name")
	}
}
