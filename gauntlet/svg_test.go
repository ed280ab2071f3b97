package gauntlet

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// drawing collects the elements of an SVG picture. Its background is white, so that it can be read on
// pages of any colour.
type drawing struct {
	width, height float64
	b             strings.Builder
}

func newDrawing(width, height float64, title, text string) *drawing {
	d := &drawing{width: width, height: height}
	fmt.Fprintf(&d.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%[1]s" height="%[2]s" role="img" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13">`+"\n", num(width), num(height))
	fmt.Fprintf(&d.b, "<title>%s</title>\n<desc>%s</desc>\n", html.EscapeString(title), html.EscapeString(text))
	fmt.Fprintf(&d.b, `<rect width="100%%" height="100%%" fill="#fff"/>`+"\n")
	return d
}

// String implements fmt.Stringer.
func (d *drawing) String() string { return d.b.String() + "</svg>\n" }

// text writes with the anchor start, middle or end.
func (d *drawing) text(x, y float64, anchor, style, s string) {
	fmt.Fprintf(&d.b, `<text x="%s" y="%s" text-anchor="%s" %s>%s</text>`+"\n", num(x), num(y), anchor, style, html.EscapeString(s))
}

func (d *drawing) line(x1, y1, x2, y2 float64, style string) {
	fmt.Fprintf(&d.b, `<path d="M%s %sL%s %s" %s/>`+"\n", num(x1), num(y1), num(x2), num(y2), style)
}

func (d *drawing) rect(x, y, width, height float64, style string) {
	fmt.Fprintf(&d.b, `<rect x="%s" y="%s" width="%s" height="%s" %s/>`+"\n", num(x), num(y), num(width), num(height), style)
}

// clip names a part of the picture, for clip-path.
func (d *drawing) clip(name string, x, y, width, height float64) {
	fmt.Fprintf(&d.b, `<clipPath id="%s"><rect x="%s" y="%s" width="%s" height="%s"/></clipPath>`+"\n", name, num(x), num(y), num(width), num(height))
}

// path draws what was collected.
func (d *drawing) path(p *path, style string) {
	fmt.Fprintf(&d.b, `<path d="%s" %s/>`+"\n", p.b.String(), style)
}

// path is a way of the pen.
type path struct {
	b strings.Builder
	y string // where it is
}

func (p *path) move(x, y float64) { fmt.Fprintf(&p.b, "M%s %s", num(x), num(y)); p.y = num(y) }
func (p *path) draw(x, y float64) { fmt.Fprintf(&p.b, "L%s %s", num(x), num(y)); p.y = num(y) }
func (p *path) close()            { p.b.WriteByte('Z') }

// step goes up or down, then to the right.
func (p *path) step(x, y float64) {
	if s := num(y); s != p.y {
		p.b.WriteString("V" + s)
		p.y = s
	}
	p.b.WriteString("H" + num(x))
}

// num writes a number with a tenth of a pixel.
func num(x float64) string {
	return strconv.FormatFloat(math.Round(x*10)/10+0, 'f', -1, 64)
}

// ticks are round numbers from 0 to top, some five of them.
func ticks(top float64) []float64 {
	unit := math.Pow(10, math.Floor(math.Log10(top)))
	step := unit
	for _, part := range []float64{0.1, 0.2, 0.25, 0.5, 1} {
		if step = unit * part; top/step <= 6 {
			break
		}
	}
	var list []float64
	for i := 0.0; i*step <= top+step/1e6; i++ {
		list = append(list, i*step)
	}
	return list
}
