package terminal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/terminal"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"plain text, ünïcode ✓", "plain text, ünïcode ✓"},
		{"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"a\r\nb\tc", `a\x0d\x0ab\x09c`},
		{"\u009b31m", `\u009b31m`}, // CSI as one character
		{"a\u202eb", `a\u202eb`},   // right-to-left override
		{"bad \xff utf-8", `bad \ufffd utf-8`},
	}
	for _, tt := range tests {
		if got := terminal.Plain(tt.in); got != tt.want {
			t.Errorf("Plain(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   time.Duration
		want string
	}{
		{0, "0ms"},
		{350 * time.Millisecond, "350ms"},
		{4200 * time.Millisecond, "4.2s"},
		{42 * time.Second, "42s"},
		{200 * time.Second, "3m20s"},
		{125 * time.Minute, "2h5m"},
		{76 * time.Hour, "3d4h"},
	}
	for _, tt := range tests {
		if got := terminal.Span(tt.in); got != tt.want {
			t.Errorf("Span(%v) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestRateAndCount(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]string{0: "-", 0.0123: "0.012", 1.0 / 3600: "0.00028", 1.0 / 86400: "0.000012", 1e-9: "0", 2.345: "2.35", 23.45: "23.4", 2345: "2345"} {
		if got := terminal.Rate(in); got != want {
			t.Errorf("Rate(%v) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[float64]string{0: "0/s", 1e-20: "0/s", 20: "20.0/s", 2.0 / 3600: "2.00/h", 1.0 / 86400: "0.042/h"} {
		if got := terminal.PerSecond(in); got != want {
			t.Errorf("PerSecond(%v) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := terminal.Count(in); got != want {
			t.Errorf("Count(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	table := terminal.Table{Head: []string{"KEY", "RATE", "NOTE"}, Right: []bool{false, true}, Width: 24}
	table.Row("a", "10", "short")
	table.Row("longer", "2.5", "a note that is too long")
	var b strings.Builder
	if err := table.Write(&b, terminal.NewStyle(&b, false)); err != nil {
		t.Fatal(err)
	}
	want := "KEY     RATE  NOTE\na         10  short\nlonger   2.5  a note th…\n"
	if b.String() != want {
		t.Errorf("table:\n%s\nwant:\n%s", b.String(), want)
	}
}
