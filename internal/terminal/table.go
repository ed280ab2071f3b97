package terminal

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
	Width int    // what does not fit is cut off the last column; 0 means no bound
	rows  [][]string
}

// Row adds a row. Cells may be painted.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// Write writes the table.
func (t *Table) Write(w io.Writer, s Style) error {
	w = Painted(w)
	widths := t.widths()
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

// widths are how wide the columns are.
func (t *Table) widths() []int {
	widths := make([]int, len(t.Head))
	for _, row := range append([][]string{t.Head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	return widths
}

// clip cuts text to a width, with an ellipsis for what is gone.
func clip(text string, width int) string {
	r := []rune(text)
	if width < 1 || len(r) < width {
		return ""
	}
	return string(r[:width-1]) + "…"
}

func (t *Table) line(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		if i > 0 {
			b.WriteString("  ")
		}
		if room := t.Width - lipgloss.Width(b.String()); t.Width > 0 && i == len(row)-1 && lipgloss.Width(cell) > room {
			b.WriteString(clip(cell, room))
			break
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

// Clip cuts plain text that is wider than so many columns, with an ellipsis for what is gone.
func Clip(text string, width int) string {
	if len([]rune(text)) <= width {
		return text
	}
	return clip(text, width)
}
