package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// A table is what bench prints.
type table struct {
	rows  []row
	paste []string
}

// A row is one figure: of a program, or of arl as a multiple of a peer.
type row struct {
	section string // a heading, and nothing else
	remark  string // about the others, and nothing else
	what    string
	figures sample
	unit    string
	target  float64 // 0 means none
	atLeast bool    // the target is a floor, not a ceiling
}

func (t *table) section(title string) { t.rows = append(t.rows, row{section: title}) }

// add notes figures that no target holds for.
func (t *table) add(what string, figures sample, unit string) {
	t.rows = append(t.rows, row{what: what, figures: figures, unit: unit})
}

// atMost notes figures whose median should be no larger.
func (t *table) atMost(target float64, what string, figures sample, unit string) {
	t.rows = append(t.rows, row{what: what, figures: figures, unit: unit, target: target})
}

// atLeast notes figures whose median should be no smaller.
func (t *table) atLeast(target float64, what string, figures sample, unit string) {
	t.rows = append(t.rows, row{what: what, figures: figures, unit: unit, target: target, atLeast: true})
}

// note says something of the section's other rows.
func (t *table) note(text string) { t.rows = append(t.rows, row{remark: text}) }

// quote notes a line for docs/benchmarks.md, with the section that measures it.
func (t *table) quote(section, format string, args ...any) {
	t.paste = append(t.paste, fmt.Sprintf("%-96s  # ./bench/run %s", fmt.Sprintf(format, args...), section))
}

func (t *table) write(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range t.rows {
		if r.section != "" {
			tw.Flush() //nolint:errcheck // standard output
			fmt.Fprintf(tw, "\n%s\n\tmedian\tmin\tmax\tof\ttarget\n", r.section)
			continue
		}
		if r.remark != "" {
			fmt.Fprintf(tw, "  (%s)\n", r.remark)
			continue
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%d\t%s\n", r.what, number(r.figures.median())+r.unit,
			number(r.figures.min()), number(r.figures.max()), len(r.figures), r.verdict())
	}
	tw.Flush() //nolint:errcheck // standard output
	if len(t.paste) > 0 {
		fmt.Fprintf(w, "\nTo paste:\n\n%s\n", strings.Join(t.paste, "\n"))
	}
}

func (r *row) verdict() string {
	if r.target == 0 && !r.atLeast {
		return ""
	}
	sign, met := "<=", r.figures.median() <= r.target
	if r.atLeast {
		sign, met = ">=", r.figures.median() >= r.target
	}
	word := "MISS"
	if met {
		word = "pass"
	}
	return fmt.Sprintf("%s %s  %s", sign, number(r.target), word)
}

// A sample is a figure, measured several times.
type sample []float64

func (s sample) min() float64 { return slices.Min(s) }
func (s sample) max() float64 { return slices.Max(s) }

func (s sample) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// over is s as a multiple of a peer that took turns with it.
func (s sample) over(peer sample) sample {
	out := make(sample, len(s))
	for i := range s {
		out[i] = s[i] / peer[i]
	}
	return out
}

// number writes a figure with three digits, or all before the point.
func number(x float64) string {
	if x == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Max(math.Abs(x), 1e-3))))
	return thousands(fmt.Sprintf("%.*f", min(max(digits, 0), 3), x))
}

// thousands puts commas into the digits before the point.
func thousands(s string) string {
	whole, rest, found := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if !found {
		return whole
	}
	return whole + "." + rest
}
