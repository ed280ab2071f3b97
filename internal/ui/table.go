package ui

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// A Table is written with its columns lined up: two spaces between, numbers to the right.
type Table struct {
	Head  []string
	Right []bool // which columns are numbers
	rows  [][]string
}

// Row adds a row. Cells may be painted.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// Write writes the table.
func (t *Table) Write(w io.Writer, s Style) error {
	widths := make([]int, len(t.Head))
	for _, row := range append([][]string{t.Head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	head := t.line(t.Head, widths)
	if _, err := fmt.Fprintln(w, s.Bold(strings.TrimRight(head, " "))); err != nil {
		return err
	}
	for _, row := range t.rows {
		if _, err := fmt.Fprintln(w, strings.TrimRight(t.line(row, widths), " ")); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) line(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		if i > 0 {
			b.WriteString("  ")
		}
		gap := strings.Repeat(" ", widths[i]-lipgloss.Width(cell))
		if i < len(t.Right) && t.Right[i] {
			b.WriteString(gap + cell)
		} else {
			b.WriteString(cell + gap)
		}
	}
	return b.String()
}
