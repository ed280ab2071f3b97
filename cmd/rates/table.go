package rates

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/pkg/limiter/history"
)

// look is how rates are shown: on a terminal of so many columns, or plainly where width is 0.
type look struct {
	width int
	style terminal.Style
}

func newLook(e *cli.Env, g *cli.GlobalOptions) look {
	look := look{style: terminal.NewStyle(e.Out, e.Colour(g.Color, e.OutTTY))}
	if e.Getenv("TERM") != "dumb" {
		look.width = e.Width()
	}
	return look
}

// writeTable writes a line for each key.
func (v *view) writeTable(w io.Writer, look look) error {
	if look.width == 0 {
		return v.plainTable(look.style).Write(w, look.style)
	}
	return v.drawnTable(look).Write(w, look.style)
}

// plainTable is for programs and files: always the same columns.
func (v *view) plainTable(style terminal.Style) *terminal.Table {
	t := &terminal.Table{
		Head:  []string{"KEY", "RATE/S", "PER MIN", "LIMIT/S", "FROM", "REQUESTS", "THROTTLED", "LAST THROTTLE", "AGE", "PAUSED", "USERS", "CAP/S"},
		Right: []bool{false, true, true, true, false, true, true, true, true, true, true, true},
	}
	for _, key := range v.keys() {
		l := v.known[key]
		t.Row(terminal.Plain(key), terminal.Rate(l.Rate), terminal.Rate(l.Rate*60), estimate.Cell(&l), estimate.Source(&l),
			sent(key, &l), terminal.Count(l.Counts.Throttled), v.ago(l.LastThrottle), v.ago(l.Updated),
			v.paused(key, style), strconv.Itoa(len(v.users[key])), terminal.Rate(l.Cap.Rate))
	}
	return t
}

// sent is how much was sent, with its unit where that is not requests.
func sent(key string, l *limiter.Learned) string {
	if unit := config.UnitOfKey(key); unit != "" {
		return terminal.Count(l.Counts.Sent) + " " + terminal.Plain(unit)
	}
	return terminal.Count(l.Counts.Sent)
}

// How wide the pictures of a table are, in columns.
const (
	leastBar, mostBar     = 8, 24
	leastSpark, mostSpark = 8, 40
)

// drawnTable is for people: what has room, with bars and sparklines in what is left.
func (v *view) drawnTable(look look) *terminal.Table {
	t := v.pictures(leastBar, leastSpark, look)
	left := look.width - t.NaturalWidth()
	if left <= 0 {
		return t
	}
	bar := leastBar
	if slices.Contains(t.Head, "OF LIMIT") {
		bar = min(leastBar+left/3, mostBar)
		left -= bar - leastBar
	}
	return v.pictures(bar, min(leastSpark+left, mostSpark), look)
}

func (v *view) pictures(bar, spark int, look look) *terminal.Table {
	t := &terminal.Table{
		Head:  []string{"KEY", "RATE/S", "CAP/S", "OF LIMIT", "LIMIT/S", "HISTORY", "PER MIN", "FROM", "REQUESTS", "THROTTLED", "LAST THROTTLE", "AGE", "PAUSED", "USERS", "USED BY"},
		Right: []bool{false, true, true, false, true, false, true, false, true, true, true, true, true, true, false},
	}
	paused, sparks, capped := false, false, false
	for _, key := range v.keys() {
		l := v.known[key]
		part := ""
		if estimate.LimitOf(&l) >= estimate.Below {
			part = terminal.Bar(l.Rate/l.Ceiling, bar, look.style)
		}
		line := v.spark(key, spark)
		paused, sparks, capped = paused || l.PausedUntil.After(v.at), sparks || strings.TrimSpace(line) != "", capped || l.Cap.Rate > 0
		t.Row(terminal.Plain(key), terminal.Rate(l.Rate), terminal.Rate(l.Cap.Rate), part, estimate.Cell(&l), line, terminal.Rate(l.Rate*60), estimate.Source(&l),
			sent(key, &l), terminal.Count(l.Counts.Throttled), v.ago(l.LastThrottle), v.ago(l.Updated),
			v.paused(key, look.style), strconv.Itoa(len(v.users[key])), terminal.Plain(v.usedBy(key)))
	}
	for head, something := range map[string]bool{"CAP/S": capped, "PAUSED": paused, "HISTORY": sparks, "USERS": len(v.users) > 0, "USED BY": len(v.users) > 0} {
		if !something {
			t.Leave(head)
		}
	}
	t.Fit(look.width, []string{"PER MIN", "FROM", "LAST THROTTLE", "USED BY", "REQUESTS", "AGE", "THROTTLED", "HISTORY", "OF LIMIT", "USERS", "LIMIT/S"})
	if slices.Contains(t.Head, "USED BY") {
		t.Leave("USERS")
	}
	return t
}

// spark is how the rate of a key went while it was used last.
func (v *view) spark(key string, width int) string {
	points := v.history[key]
	if len(points) < 2 {
		return ""
	}
	from, to := history.LastSpell(points, v.at), points[len(points)-1].At
	var rates []float64
	var top float64
	for _, c := range history.Columns(points, from, to, v.at, width) {
		rates = append(rates, c.Rate)
		top = max(top, positive(c.Rate), positive(c.Ceiling))
	}
	return terminal.Spark(rates, top)
}

// positive is a number, or 0 where it is none.
func positive(v float64) float64 {
	if v > 0 {
		return v
	}
	return 0
}

func (v *view) paused(key string, style terminal.Style) string {
	if left := v.known[key].PausedUntil.Sub(v.at); left > 0 {
		return style.Warn(terminal.Span(left))
	}
	return "-"
}

// ago is how long ago something happened.
func (v *view) ago(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return terminal.Span(max(0, v.at.Sub(at)))
}
