package progress

import (
	"fmt"
	"io"
	"math"
	"time"
	"unicode/utf8"

	"github.com/arl-cli/arl/internal/terminal"
)

// A segment is one thing that a line says, from its longest form to its shortest.
type segment struct {
	forms []string
	paint func(string) string
}

func (s *segment) shrink() {
	if len(s.forms) > 0 {
		s.forms = s.forms[1:]
	}
}

// The places of the segments in a line.
const (
	count = iota
	percent
	pace
	shared
	waiting
	cost
	throttled
	failed
	left
	segments
)

// A row is the segments of one line.
type row [segments]segment

// squeeze shortens step by step, what matters least first, until all fits.
func (r *row) squeeze(room int) {
	for _, step := range []int{
		shared, percent, cost, shared, throttled, left, pace, count, waiting, waiting, failed, pace, count, left, waiting,
	} {
		if _, cells := r.join(); cells <= room {
			return
		}
		r[step].shrink()
	}
}

const between = " · "

// Line is the line for a terminal of so many columns, which it never fills.
func (m *Meter) Line(width int, style terminal.Style) string {
	r := m.row(style)
	r.squeeze(width - 1)
	text, cells := r.join()
	if cells > width-1 {
		return "" // not even the count
	}
	if bar := m.bar(width-1-cells-1, style); bar != "" && width >= barWidth {
		return bar + " " + text
	}
	return text
}

// Plain is the line where there is no terminal: all there is to say.
func (m *Meter) Plain() string {
	r := m.row(terminal.NewStyle(io.Discard, false))
	text, _ := r.join()
	return text
}

// join puts the segments together, and says how many columns they take.
func (r *row) join() (text string, cells int) {
	for i := range r {
		s := &r[i]
		if len(s.forms) == 0 {
			continue
		}
		plain := s.forms[0]
		if text != "" {
			text += between
			cells += utf8.RuneCountInString(between)
		}
		cells += utf8.RuneCountInString(plain)
		if s.paint != nil {
			plain = s.paint(plain)
		}
		text += plain
	}
	return text, cells
}

func (m *Meter) row(style terminal.Style) *row {
	r := &m.last
	out := &row{
		count:     {forms: m.count()},
		pace:      {forms: m.pace()},
		shared:    {forms: m.shared()},
		waiting:   {forms: m.waiting(), paint: style.Warn},
		cost:      {forms: nonempty(r.Cost)},
		throttled: {forms: some(r.Throttled, "throttled")},
		failed:    {forms: some(r.Failed, "failed"), paint: style.Bad},
		left:      {forms: m.left()},
	}
	if r.Total > 0 {
		out[percent].forms = []string{fmt.Sprintf("%d%%", min(100, 100*r.Done/r.Total))}
	}
	return out
}

func nonempty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// some says a number that is not zero.
func some(n int64, what string) []string {
	if n == 0 {
		return nil
	}
	return []string{terminal.Count(n) + " " + what}
}

func (m *Meter) count() []string {
	r := &m.last
	done := terminal.Count(r.Done)
	if r.Total == 0 {
		return []string{done + " done", done + " done", done}
	}
	total := terminal.Count(r.Total)
	if r.Guessed {
		total = "~" + total
	}
	return []string{done + " of " + total, done + "/" + total, done}
}

// pace is the rate now, and the limit if there is one for all.
func (m *Meter) pace() []string {
	rate := terminal.PerSecond(m.now.value())
	used := 0
	var one *Key
	for i := range m.last.Keys {
		if k := &m.last.Keys[i]; k.Sent > 0 && k.Unit == "" {
			used, one = used+1, k
		}
	}
	switch {
	case used > 1:
		return []string{rate + " over " + terminal.Count(int64(used)) + " keys", rate}
	case used == 1 && one.Limit != "":
		return []string{rate + ", " + one.Limit, rate}
	}
	return []string{rate, rate}
}

// shared is with how many other processes the key is shared that most of them use.
func (m *Meter) shared() []string {
	others := 0
	for i := range m.last.Keys {
		others = max(others, m.last.Keys[i].Others)
	}
	if others == 0 {
		return nil
	}
	return []string{"shared with " + terminal.OtherProcesses(others), terminal.Quantity(int64(others), "other")}
}

// waiting is the longest of the waits.
func (m *Meter) waiting() []string {
	r := &m.last
	if len(r.Waits) == 0 {
		return nil
	}
	w := r.Waits[0]
	for _, other := range r.Waits[1:] {
		if other.Until.After(w.Until) {
			w = other
		}
	}
	more := ""
	if n := len(r.Waits) - 1; n > 0 {
		more = fmt.Sprintf(", %d more wait", n)
	}
	text := "waits " + span(w.Until.Sub(r.At))
	key := terminal.Plain(w.Key) + " "
	return []string{key + text + " (" + w.Why + ")" + more, key + text, text}
}

// clockworthy is how much has to be left for its end to be said as a time of day.
const clockworthy = 10 * time.Minute

func (m *Meter) left() []string {
	left, ok := m.Left()
	if !ok {
		return nil
	}
	text := "~" + span(left) + " left"
	if left < clockworthy {
		return []string{text, text}
	}
	end := m.last.At.Add(left)
	at := end.Format("15:04")
	if left > 20*time.Hour {
		at = end.Format("2006-01-02 15:04")
	}
	return []string{text + ", until " + at, text}
}

// span is a duration that does not flicker: whole seconds, and above a minute every fifth of them.
func span(d time.Duration) string {
	if d > time.Minute {
		return terminal.Span(d.Round(5 * time.Second))
	}
	return fmt.Sprintf("%.0fs", max(1, math.Ceil(d.Seconds())))
}
