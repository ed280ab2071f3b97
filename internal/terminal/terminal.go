// Package terminal writes to terminals: colour, tables, plots. It is the only package that uses colour, and the one
// that escapes control sequences in text from servers.
package terminal

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// A Style paints text, or leaves it plain. Meaning never depends on it.
type Style struct{ renderer *lipgloss.Renderer }

// NewStyle returns a style for w. It never asks the terminal anything.
func NewStyle(w io.Writer, colour bool) Style {
	profile := termenv.Ascii
	if colour {
		profile = termenv.ANSI
	}
	r := lipgloss.NewRenderer(w)
	r.SetColorProfile(profile)   // decided by the caller, whatever w is
	r.SetHasDarkBackground(true) // decided, so that nobody queries it
	return Style{renderer: r}
}

// The colours of a terminal's own palette, so that they fit whatever theme it has.
const (
	red    = lipgloss.Color("1")
	green  = lipgloss.Color("2")
	yellow = lipgloss.Color("3")
)

// Bold makes headings.
func (s Style) Bold(text string) string { return s.renderer.NewStyle().Bold(true).Render(text) }

// Faint makes what matters less.
func (s Style) Faint(text string) string { return s.renderer.NewStyle().Faint(true).Render(text) }

// Good is for what went well.
func (s Style) Good(text string) string {
	return s.renderer.NewStyle().Foreground(green).Render(text)
}

// Bad is for failures.
func (s Style) Bad(text string) string { return s.renderer.NewStyle().Foreground(red).Render(text) }

// Warn is for what needs attention.
func (s Style) Warn(text string) string {
	return s.renderer.NewStyle().Foreground(yellow).Render(text)
}
