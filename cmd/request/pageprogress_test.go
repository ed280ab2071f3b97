package request

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestPageMeter(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	m := &pageProgress{w: &out, every: time.Second}
	now := time.Unix(1000, 0)
	m.show(1, 100, now)
	m.show(2, 200, now.Add(time.Second/2)) // too soon
	m.hidden(func() { fmt.Fprintln(&out, "a note") })
	m.show(1234, 123400, now.Add(time.Second))
	m.stop()
	m.hidden(func() { fmt.Fprintln(&out, "the end") })
	want := "\r1 page, 100 items\x1b[J\r" + "\r\x1b[J" + "a note\n" + "\r2 pages, 200 items\x1b[J\r" +
		"\r1,234 pages, 123,400 items\x1b[J\r" + "\r\x1b[J" + "the end\n"
	if got := out.String(); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}
