package terminal

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"
)

// A Plot is a rate and its limit over time, one value a column; NaN is a gap.
type Plot struct {
	Rate      []float64
	Limit     []float64
	Throttled []int64
	From      time.Time
	To        time.Time
}

const (
	plotHeight = 10
	// PlotMargin is how many columns stand left of a plot at most: a number, and the axis.
	PlotMargin = 12
	// LeastPlot is how many columns a plot has at least.
	LeastPlot = 20
)

// Lines draws the plot: the rate as a line, its limit as a row of dots, below how many were throttled, and when.
// There are none if nothing is known.
func (p *Plot) Lines(s Style) []string {
	if known(p.Rate) == 0 || len(p.Rate) < 2 {
		return nil
	}
	lines := p.curve(p.Rate, asciigraph.DefaultCharSet)
	legend := "─ rate/s"
	if known(p.Limit) > 0 {
		lines = overlay(lines, p.curve(p.Limit, asciigraph.CreateCharSet("·")))
		legend += "   · limit/s   ═ both"
	}
	margin := 1 + slices.IndexFunc([]rune(lines[0]), func(r rune) bool { return r == '┤' || r == '┼' })
	if short := len(throttledLabel) - margin; short > 0 {
		margin += short
		for i := range lines {
			lines[i] = strings.Repeat(" ", short) + lines[i]
		}
	}
	pad := strings.Repeat(" ", margin)
	if marks := p.marks(); strings.TrimSpace(marks) != "" {
		lines = append(lines, strings.Repeat(" ", margin-len(throttledLabel))+throttledLabel+s.Warn(marks))
		legend += "   + ten and more"
	}
	lines = append(lines, pad+s.Faint(strings.TrimRight(p.times(), " ")), pad+s.Faint(legend))
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

const throttledLabel = "throttled "

// curve draws one series; all of a plot have the same axis.
func (p *Plot) curve(values []float64, chars asciigraph.CharSet) []string {
	return strings.Split(asciigraph.Plot(values, asciigraph.Height(plotHeight), asciigraph.LowerBound(0), asciigraph.UpperBound(p.top()),
		asciigraph.SeriesChars(chars), asciigraph.YAxisValueFormatter(axis)), "\n")
}

// overlay draws the dots of one curve under the line of another, and marks where the two meet.
func overlay(over, under []string) []string {
	for i := range over {
		a, b := []rune(over[i]), []rune(under[min(i, len(under)-1)])
		for len(a) < len(b) {
			a = append(a, ' ')
		}
		for c := range b {
			switch {
			case b[c] != '·':
			case a[c] == ' ':
				a[c] = '·'
			case a[c] == '─':
				a[c] = '═'
			}
		}
		over[i] = string(a)
	}
	return over
}

// top is the highest value, or 1 where all are zero.
func (p *Plot) top() (top float64) {
	for _, values := range [][]float64{p.Rate, p.Limit} {
		for _, v := range values {
			if v > top {
				top = v
			}
		}
	}
	if top == 0 {
		return 1
	}
	return top
}

// axis writes a value of the vertical axis.
func axis(v float64) string {
	if v <= 0 {
		return "0"
	}
	return Rate(v)
}

func known(values []float64) (n int) {
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

// marks is a row that says how many were throttled in each column.
func (p *Plot) marks() string {
	b := make([]byte, len(p.Throttled))
	for i, n := range p.Throttled {
		switch {
		case n <= 0:
			b[i] = ' '
		case n < 10:
			b[i] = '0' + byte(n)
		default:
			b[i] = '+'
		}
	}
	return string(b)
}

// times is a row that says when the plot begins and ends, and what is between if there is room.
func (p *Plot) times() string {
	layout := "15:04:05"
	if p.To.Sub(p.From) > 20*time.Hour {
		layout = "Jan 2 15:04"
	}
	width := len(p.Rate)
	row := []byte(strings.Repeat(" ", width))
	put := func(share float64, text string) {
		at := min(max(0, int(share*float64(width))-len(text)/2), max(0, width-len(text)))
		if strings.TrimSpace(string(row[max(0, at-2):min(width, at+len(text)+2)])) == "" {
			copy(row[at:], text)
		}
	}
	for _, share := range []float64{0, 1, 0.5, 0.25, 0.75} {
		put(share, p.From.Add(time.Duration(share*float64(p.To.Sub(p.From)))).Format(layout))
	}
	return string(row)
}
