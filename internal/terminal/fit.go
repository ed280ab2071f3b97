package terminal

import (
	"slices"

	"github.com/charmbracelet/lipgloss"
)

// NaturalWidth is how many columns the table takes if nothing is cut.
func (t *Table) NaturalWidth() int {
	total := 0
	for i, width := range t.widths() {
		if i > 0 {
			total += 2
		}
		total += width
	}
	return total
}

// Fit makes the table fit into so many columns. The texts of the first column lose their middle, if they take
// more than a third; then columns of the table are left out, by their heads in the order of drop, until the
// rest has room; and if there is none even then, the first column gets what there is.
func (t *Table) Fit(width int, drop []string) {
	if t.NaturalWidth() > width {
		t.narrow(max(width/3, leastFirst))
	}
	for _, head := range drop {
		if t.NaturalWidth() <= width {
			return
		}
		t.Leave(head)
	}
	over := t.NaturalWidth() - width
	if over <= 0 || len(t.Head) == 0 {
		return
	}
	t.narrow(max(t.widths()[0]-over, lipgloss.Width(t.Head[0]), 4))
}

// leastFirst is how many columns the first column has at least while others are there to be left out.
const leastFirst = 16

// narrow makes the first column no wider than that.
func (t *Table) narrow(room int) {
	for _, row := range t.rows {
		row[0] = middle(row[0], room)
	}
}

// Leave leaves out a column, by its head.
func (t *Table) Leave(head string) {
	at := slices.Index(t.Head, head)
	if at < 0 {
		return
	}
	t.Head = slices.Delete(slices.Clone(t.Head), at, at+1)
	if at < len(t.Right) {
		t.Right = slices.Delete(slices.Clone(t.Right), at, at+1)
	}
	for i, row := range t.rows {
		t.rows[i] = slices.Delete(slices.Clone(row), at, at+1)
	}
}

// middle takes the middle out of a text without colours that is too long.
func middle(text string, room int) string {
	r := []rune(text)
	if len(r) <= room {
		return text
	}
	head := room / 2
	tail := room - 1 - head
	return string(r[:head]) + "…" + string(r[len(r)-tail:])
}
