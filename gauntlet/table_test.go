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
	if len(t.rows) > 0 {
		fmt.Fprintf(b, "\n### %s\n\n%s", title, t)
	}
}

func coldTable(all []*measured) table {
	t := table{head: []string{"server", "efficiency", "refused", "events", "90 % after", "longest gap"}}
	t.addPeers(all)
	for _, m := range all {
		t.add(append([]string{
			m.Name, percent(m.of(m.Cold)), m.Cold.refusals(), strconv.FormatInt(m.Cold.Events, 10),
			span(m.Cold.reached(m.limitAt, 0)), span(m.Cold.longest()),
		}, m.peerCells(m.of)...))
	}
	if len(all) > 0 {
		t.add(append([]string{"**mean**", meanCell(all, cold), "", "", "", ""}, meanCells(all)...))
	}
	return t
}

func changesTable(all []*measured) table {
	t := table{head: []string{"server", "efficiency", "of all allowed", "refused", "events", "90 % after each change", "longest gap"}}
	t.addPeers(all)
	for _, m := range all {
		t.add(append([]string{
			m.Name, percent(m.of(m.Cold)), percent(m.used(m.Cold)), m.Cold.refusals(), strconv.FormatInt(m.Cold.Events, 10),
			m.follows(), span(m.Cold.longest()),
		}, m.peerCells(m.used)...))
	}
	return t
}

// follows says how soon each new limit was used, or a lower one held.
func (m *measured) follows() string {
	var list []string
	for _, c := range m.Changes {
		list = append(list, span(m.Cold.reached(m.limitAt, c.After)))
	}
	return dash(strings.Join(list, ", "))
}

func memoryTable(all []*measured) table {
	t := table{head: []string{"server", "first minute", "refused in 10 min", "limit halved: efficiency", "refused", "events"}}
	for _, m := range all {
		if m.Warm == nil {
			continue
		}
		stale := []string{"–", "–", "–"}
		if m.Stale != nil {
			stale = []string{percent(m.stale()), m.Stale.refusals(), strconv.FormatInt(m.Stale.Events, 10)}
		}
		t.add(append([]string{m.Name, percent(m.warm()), m.Warm.refusals()}, stale...))
	}
	return t
}

func jobsTable(all []*measured) table {
	t := table{head: []string{"server", "requests", "arl", "best", "refused"}}
	t.addPeers(all)
	for _, m := range all {
		if m.Job == nil {
			continue
		}
		cells := []string{m.Name, thousands(m.requests()), m.took(), span(m.Best.Job), strconv.Itoa(m.Job.Refused)}
		for _, p := range peers() {
			cells = append(cells, m.within(p.of(m).job(m.requests())))
		}
		t.add(cells)
	}
	return t
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

func meanCells(all []*measured) []string {
	var cells []string
	for _, p := range peers() {
		if all[0].Seed != nil {
			cells = append(cells, meanCell(all, p.of))
		}
	}
	return cells
}

func meanCell(all []*measured, of func(*measured) *result) string {
	mean := meanOf(all, of)
	return fmt.Sprintf("%s / %s", percent(mean.Efficiency), percent2(mean.Refused))
}

func (r *result) refusals() string { return fmt.Sprintf("%d (%s)", r.Refused, percent2(r.share())) }

func percent(part float64) string  { return fmt.Sprintf("%.1f %%", 100*part) }
func percent2(part float64) string { return fmt.Sprintf("%.2f %%", 100*part) }

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

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
