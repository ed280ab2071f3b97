package gauntlet

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// report writes all tables as Markdown.
func report(all []*measured) string {
	var steady, changing []*measured
	for _, m := range all {
		if m.steady() {
			steady = append(steady, m)
		} else {
			changing = append(changing, m)
		}
	}
	var b strings.Builder
	section(&b, "Cold start", coldTable(steady))
	section(&b, "Limits that change, and rivals", changesTable(changing))
	section(&b, "From memory", memoryTable(steady))
	section(&b, "Jobs", jobsTable(all))
	return b.String()
}

func section(b *strings.Builder, title string, t table) {
	if len(t.rows) > 1 { // more than a mean
		fmt.Fprintf(b, "\n### %s\n\n%s", title, t)
	}
}

func coldTable(all []*measured) table {
	t := table{head: []string{"server", "efficiency", "throttled", "events", "90 % after", "longest gap"}}
	t.addPeers(all)
	for _, m := range all {
		t.add(append([]string{
			m.Name, percent(m.of(m.Cold)), m.Cold.throttles(), m.Cold.events(),
			span(m.Cold.reached(m.limitAt, 0)), span(m.Cold.longest()),
		}, m.peerCells(m.of)...))
	}
	t.addMean(append([]string{
		percent(mean(all, func(m *measured) float64 { return m.of(m.Cold) })),
		percent2(mean(all, func(m *measured) float64 { return m.Cold.share() })), "", "", "",
	}, peerMeans(all, func(m *measured, r *result) float64 { return m.of(r) })...))
	return t
}

func changesTable(all []*measured) table {
	t := table{head: []string{"server", "efficiency", "of all allowed", "throttled", "events", "settled after", "longest gap"}}
	t.addPeers(all)
	for _, m := range all {
		t.add(append([]string{
			m.Name, percent(m.of(m.Cold)), percent(m.used(m.Cold)), m.Cold.throttles(), m.Cold.events(),
			m.settled(), span(m.Cold.longest()),
		}, m.peerCells(m.used)...))
	}
	t.addMean(append([]string{
		"", percent(mean(all, func(m *measured) float64 { return m.used(m.Cold) })),
		percent2(mean(all, func(m *measured) float64 { return m.Cold.share() })), "", "", "",
	}, peerMeans(all, func(m *measured, r *result) float64 { return m.used(r) })...))
	return t
}

// settled says how soon after each change arl was there.
func (m *measured) settled() string {
	var list []string
	for _, c := range m.Changes {
		list = append(list, span(m.Cold.settled(m.limitAt, c.After)))
	}
	if list == nil {
		return "–"
	}
	return strings.Join(list, ", ")
}

func memoryTable(all []*measured) table {
	t := table{head: []string{"server", "first minute", "throttled in 10 min", "limit halved", "throttled", "events"}}
	var stale []*measured
	for _, m := range all {
		if m.Warm == nil {
			return table{}
		}
		cells := []string{m.Name, percent(m.warm()), m.Warm.throttles(), "–", "–", "–"}
		if m.Stale != nil {
			stale = append(stale, m)
			copy(cells[3:], []string{percent(m.stale()), m.Stale.throttles(), m.Stale.events()})
		}
		t.add(cells)
	}
	t.addMean([]string{
		percent(mean(all, (*measured).warm)),
		percent2(mean(all, func(m *measured) float64 { return m.Warm.share() })),
		percent(mean(stale, (*measured).stale)),
		percent2(mean(stale, func(m *measured) float64 { return m.Stale.share() })), "",
	})
	return t
}

func jobsTable(all []*measured) table {
	t := table{head: []string{"server", "requests", "arl", "best", "best / arl", "throttled"}}
	t.addPeers(all)
	for _, m := range all {
		if m.Job == nil {
			return table{}
		}
		cells := []string{m.Name, thousands(m.requests()), m.took(), span(m.Best.Job), percent(m.speed()), strconv.Itoa(m.Job.Throttled)}
		for _, p := range peers() {
			cells = append(cells, m.within(p.of(m).job(m.requests())))
		}
		t.add(cells)
	}
	t.addMean([]string{"", "", "", percent(mean(all, (*measured).speed)), "", "", ""})
	return t
}

// speed is how fast the job was done, as a part of the best.
func (m *measured) speed() float64 {
	if m.Job.Accepted < m.requests() {
		return 0
	}
	return m.Best.Job.Seconds() / m.Job.Last.Seconds()
}

func (m *measured) took() string {
	if m.Job.Accepted < m.requests() {
		return "> " + span(2*m.Duration)
	}
	return span(m.Job.Last)
}

// within is the time that a job took, if it did not take longer than was watched.
func (m *measured) within(took time.Duration) string {
	if took < 0 {
		return "> " + span(m.Duration)
	}
	return span(took)
}

func (t *table) addPeers(all []*measured) {
	for _, p := range peers() {
		if len(all) > 0 && all[0].Seed != nil {
			t.head = append(t.head, p.Name)
		}
	}
}

func (m *measured) peerCells(measure func(*result) float64) []string {
	var cells []string
	for _, p := range peers() {
		if r := p.of(m); r != nil {
			cells = append(cells, fmt.Sprintf("%s / %s", percent(measure(r)), percent2(r.share())))
		}
	}
	return cells
}

// mean counts what is better than the yardstick as the yardstick.
func mean(all []*measured, of func(*measured) float64) float64 {
	sum := 0.0
	for _, m := range all {
		sum += min(of(m), 1)
	}
	return sum / float64(len(all))
}

func peerMeans(all []*measured, measure func(*measured, *result) float64) []string {
	var cells []string
	for _, p := range peers() {
		if len(all) > 0 && all[0].Seed != nil {
			got := mean(all, func(m *measured) float64 { return measure(m, p.of(m)) })
			throttled := mean(all, func(m *measured) float64 { return p.of(m).share() })
			cells = append(cells, fmt.Sprintf("%s / %s", percent(got), percent2(throttled)))
		}
	}
	return cells
}

func (r *result) throttles() string { return fmt.Sprintf("%d (%s)", r.Throttled, percent2(r.share())) }

func (r *result) events() string { return strconv.FormatInt(r.Events, 10) }

func percent(part float64) string  { return fmt.Sprintf("%.1f %%", 100*part) }
func percent2(part float64) string { return fmt.Sprintf("%.2f %%", 100*part) }

// span writes a time in its two largest units.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < 0:
		return "never"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// table is one of Markdown that can be read as it is: its columns are aligned, all but the first to the right.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells []string) { t.rows = append(t.rows, cells) }

// addMean adds the last line.
func (t *table) addMean(cells []string) { t.add(append([]string{"**mean**"}, cells...)) }

// String implements fmt.Stringer.
func (t table) String() string {
	widths := make([]int, len(t.head))
	for _, cells := range append([][]string{t.head}, t.rows...) {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	var b strings.Builder
	writeCells(&b, t.head, widths)
	for i, w := range widths {
		if i == 0 {
			fmt.Fprintf(&b, "|%s|", strings.Repeat("-", w+2))
			continue
		}
		fmt.Fprintf(&b, "%s:|", strings.Repeat("-", w+1))
	}
	b.WriteByte('\n')
	for _, cells := range t.rows {
		writeCells(&b, cells, widths)
	}
	return b.String()
}

func writeCells(b *strings.Builder, cells []string, widths []int) {
	for i, cell := range cells {
		pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if i == 0 {
			fmt.Fprintf(b, "| %s%s |", cell, pad)
			continue
		}
		fmt.Fprintf(b, " %s%s |", pad, cell)
	}
	b.WriteByte('\n')
}
