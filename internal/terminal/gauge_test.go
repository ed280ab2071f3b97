package terminal_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/terminal"
)

func TestBar(t *testing.T) {
	t.Parallel()
	plain := terminal.NewStyle(nil, false)
	for _, tt := range []struct {
		part  float64
		width int
		want  string
	}{
		{0, 4, "────"},
		{0.5, 4, "━━──"},
		{0.99, 4, "━━━━"},
		{1, 4, "━━━━"},
		{7, 4, "━━━━"},
		{-1, 4, "────"},
		{0.5, 0, ""},
		{math.NaN(), 4, ""},
		{math.Inf(1), 2, "━━"},
	} {
		if got := terminal.Bar(tt.part, tt.width, plain); got != tt.want {
			t.Errorf("Bar(%v, %d) = %q, want %q", tt.part, tt.width, got, tt.want)
		}
	}
}

func TestSpark(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, tt := range []struct {
		values []float64
		top    float64
		want   string
	}{
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, 7, "▁▂▃▄▅▆▇█"},
		{[]float64{nan, 7, nan, 9, -1}, 7, " █ █▁"},
		{[]float64{1, 2}, 0, "  "},
		{nil, 1, ""},
	} {
		if got := terminal.Spark(tt.values, tt.top); got != tt.want {
			t.Errorf("Spark(%v, %v) = %q, want %q", tt.values, tt.top, got, tt.want)
		}
	}
}

func TestPlot(t *testing.T) {
	t.Parallel()
	p := terminal.Plot{From: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	p.To = p.From.Add(time.Minute)
	for i := range 40 {
		rate, limit := float64(min(i, 20)), math.NaN()
		if i > 20 {
			rate, limit = 19, 20
		}
		if i == 30 {
			rate = math.NaN()
		}
		p.Rate, p.Limit = append(p.Rate, rate), append(p.Limit, limit)
		p.Throttled = append(p.Throttled, map[int]int64{21: 3, 35: 12}[i])
	}
	got := strings.Join(p.Lines(terminal.NewStyle(nil, false)), "\n")
	want := `
    20.0 ┤                  ╭─═════════╴╶════════
    18.0 ┤                ╭─╯
    16.0 ┤              ╭─╯
    14.0 ┤            ╭─╯
    12.0 ┤          ╭─╯
    10.0 ┤        ╭─╯
    8.00 ┤      ╭─╯
    6.00 ┤    ╭─╯
    4.00 ┤  ╭─╯
    2.00 ┤╭─╯
       0 ┼╯
throttled                      3             +
          12:00:00        12:00:30        12:01:00
          ─ rate/s   · limit/s   ═ both   + ten and more
`
	if got != strings.Trim(want, "\n") {
		t.Errorf("plot:\n%s\nwant:\n%s", got, want)
	}
}

// Of what nobody knows nothing is drawn, and what is drawn fits.
func TestPlotOfLittle(t *testing.T) {
	t.Parallel()
	plain := terminal.NewStyle(nil, false)
	nan := math.NaN()
	for _, rate := range [][]float64{nil, {1}, {nan, nan, nan}} {
		p := terminal.Plot{Rate: rate, Limit: rate, Throttled: make([]int64, len(rate))}
		if lines := p.Lines(plain); len(lines) > 0 {
			t.Errorf("of %v: %q", rate, lines)
		}
	}
	for _, rate := range []float64{0, 0.0001, 1, 99.95, 123456} {
		p := terminal.Plot{To: time.Unix(1e9, 0)}
		for range terminal.LeastPlot {
			p.Rate, p.Limit, p.Throttled = append(p.Rate, rate), append(p.Limit, nan), append(p.Throttled, 1)
		}
		for _, line := range p.Lines(plain)[:13] {
			if n := len([]rune(line)); n > terminal.LeastPlot+terminal.PlotMargin {
				t.Errorf("at %v a line of %d columns: %q", rate, n, line)
			}
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		width int
		want  string
	}{
		{40, "KEY          RATE  FROM     LIMIT\nnotion@12ab  2.50  learned      3\n"},
		{25, "KEY          RATE  LIMIT\nnotion@12ab  2.50      3\n"},
		{20, "KEY      RATE  LIMIT\nnot…2ab  2.50      3\n"},
		{18, "KEY          LIMIT\nnotion@12ab      3\n"},
		{3, "KEY\nno…b\n"},
	} {
		table := terminal.Table{Head: []string{"KEY", "RATE", "FROM", "LIMIT"}, Right: []bool{false, true, false, true}}
		table.Row("notion@12ab", "2.50", "learned", "3")
		drop := []string{"FROM", "RATE", "LIMIT"}
		if tt.width == 20 {
			drop = drop[:1]
		}
		table.Fit(tt.width, drop)
		var b strings.Builder
		if err := table.Write(&b, terminal.NewStyle(&b, false)); err != nil {
			t.Fatal(err)
		}
		if b.String() != tt.want {
			t.Errorf("%d columns:\n%s\nwant:\n%s", tt.width, b.String(), tt.want)
		}
	}
}
