package gauntlet

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/sandbox"
)

// plots is the directory that the pictures are kept in.
const plots = "../docs/limiter"

// A plot shows the beginning of a row's cold start.
type plot struct {
	File  string
	Row   string
	Title string
	Span  time.Duration
	Bin   time.Duration // over which the accepted are counted
}

func pictures() []plot {
	return []plot{
		{"bucket-50", "bucket 50/s burst 50, Retry-After", "50 per second, 50 at once", 4 * minute, time.Second},
		{"window-60", "60 per 60 s, Retry-After", "60 in each minute, by the clock", 8 * minute, 5 * time.Second},
		{"lockout-5", "5/s, a throttle locks out 30 s, Retry-After", "5 per second, and each throttle locks out for 30 s", 40 * minute, 10 * time.Second},
		{"changes-20-5-40", "20/s, then 5/s, then 40/s, Retry-After", "20 per second, after 10 min 5, after 20 min 40", 30 * minute, 5 * time.Second},
		{"rival-half", "20/s, a rival takes half for 10 min, Retry-After", "20 per second, of which a rival takes half from 10 to 20 min", 30 * minute, 5 * time.Second},
		{"cap-8", "8 at a time x 200 ms, no header", "8 requests at a time, each takes 200 ms; no rate, no header", 5 * minute, time.Second},
	}
}

// drawn returns the pictures by the name of their file.
func drawn(all []*measured) (map[string]string, error) {
	files := map[string]string{}
	for _, p := range pictures() {
		i := slices.IndexFunc(all, func(m *measured) bool { return m.Name == p.Row })
		if i < 0 {
			return nil, fmt.Errorf("no row %q to draw", p.Row)
		}
		files[filepath.Join(plots, p.File+".svg")] = p.draw(all[i].curve())
	}
	return files, nil
}

// savePlots writes the pictures.
func savePlots(t *testing.T, files map[string]string) {
	if err := os.MkdirAll(plots, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// Where the axes are, in pixels.
const (
	width, height = 860.0, 330.0
	left, right   = 52.0, width - 30
	top, bottom   = 64.0, height - 62
)

// How the parts look. They differ in form too, not only in colour.
const (
	acceptedStyle  = `fill="#9ecae1"`
	learnedStyle   = `clip-path="url(#plot)" fill="none" stroke="#08519c" stroke-width="2.5" stroke-linejoin="round"`
	learnedKey     = `stroke="#08519c" stroke-width="2.5"`
	limitStyle     = `fill="none" stroke="#222" stroke-width="1.5" stroke-dasharray="6 4"`
	throttledStyle = `stroke="#c1121f" stroke-width="1.5"`
	gridStyle      = `stroke="#e4e4e4"`
	axisStyle      = `stroke="#555"`
	quiet          = `fill="#555"`
)

// A curve is what a plot shows of a run.
type curve struct {
	Accepted  func(from, to time.Duration) int
	Limit     func(at time.Duration) float64 // requests per second
	Learned   func(at time.Duration) float64 // requests per second; 0 if there is nothing to show
	Throttles []time.Duration
	LimitIs   string // what the line of the limit shows
	LearnedIs string

	Of       string                           // what Accepted counts; empty means requests per second
	Requests func(from, to time.Duration) int // where that is not requests
}

func (m *measured) curve() *curve {
	return &curve{
		Accepted: m.Cold.between, Limit: m.limitAt, Learned: m.Cold.ceiling, Throttles: m.Cold.Throttles,
		LimitIs: m.limitName(), LearnedIs: "what arl takes it for",
	}
}

// throttled counts throttles until a time.
func (c *curve) throttled(until time.Duration) int {
	n := 0
	for _, at := range c.Throttles {
		if at < until {
			n++
		}
	}
	return n
}

// chart is a plot on its paper.
type chart struct {
	plot
	*drawing
	*curve
	most float64 // at the top of the axis, requests per second
}

func (p plot) draw(data *curve) string {
	text := fmt.Sprintf("Accepted %s against the limit, and the throttles, over the first %s of a cold start.", cmp.Or(data.Of, "requests per second"), span(p.Span))
	c := &chart{plot: p, drawing: newDrawing(width, height, p.Title, text), curve: data}
	for at := time.Duration(0); at < p.Span; at += p.Bin {
		c.most = max(c.most, c.accepted(at), c.Limit(at))
	}
	c.most *= 1.2
	c.clip("plot", left, top, right-left, bottom-top)
	c.axes()
	c.bars()
	c.learned()
	c.limitLine()
	c.throttles()
	c.legend()
	return c.String()
}

// accepted is the rate in the bin that begins at a time.
func (c *chart) accepted(at time.Duration) float64 {
	return float64(c.Accepted(at, at+c.Bin)) / c.Bin.Seconds()
}

func (c *chart) x(at time.Duration) float64 {
	return left + (right-left)*at.Seconds()/c.Span.Seconds()
}

func (c *chart) y(rate float64) float64 { return bottom - (bottom-top)*rate/c.most }

func (c *chart) axes() {
	for _, rate := range ticks(c.most) {
		c.line(left, c.y(rate), right, c.y(rate), gridStyle)
		c.text(left-8, c.y(rate)+4.5, "end", quiet, fmt.Sprint(rate))
	}
	step := timeStep(c.Span)
	for at := time.Duration(0); at <= c.Span; at += step {
		c.line(c.x(at), bottom, c.x(at), bottom+5, axisStyle)
		c.text(c.x(at), bottom+20, "middle", quiet, clock(at, step))
	}
	c.text(left, 22, "start", `font-size="16" font-weight="600"`, c.Title)
	c.text(left-40, 46, "start", quiet, cmp.Or(c.Of, "requests per second"))
}

// timeStep is a round time between two labels, of which there are at most nine.
func timeStep(span time.Duration) time.Duration {
	for _, step := range []time.Duration{10 * time.Second, 30 * time.Second, minute, 2 * minute, 5 * minute, 10 * minute} {
		if span/step <= 8 {
			return step
		}
	}
	return time.Hour
}

func clock(at, step time.Duration) string {
	if at == 0 {
		return "0"
	}
	if step < minute {
		return fmt.Sprintf("%d s", at/time.Second)
	}
	return fmt.Sprintf("%d min", at/minute)
}

// bars show what was accepted.
func (c *chart) bars() {
	var p path
	p.move(left, bottom)
	for at := time.Duration(0); at < c.Span; at += c.Bin {
		p.step(c.x(at+c.Bin), c.y(c.accepted(at)))
	}
	p.draw(right, bottom)
	p.close()
	c.path(&p, acceptedStyle)
}

func (c *chart) limitLine() {
	var p path
	p.move(left, c.y(c.Limit(0)))
	for at := c.Bin; at <= c.Span; at += c.Bin {
		p.step(c.x(at), c.y(c.Limit(at-1)))
	}
	c.path(&p, limitStyle)
}

// learned is what arl takes the limit for. A guess above the axis is not shown.
func (c *chart) learned() {
	var p path
	begun := false
	for at := c.Bin; at <= c.Span; at += c.Bin {
		rate := c.Learned(at)
		switch {
		case rate == 0:
			begun = false
		case !begun:
			p.move(c.x(at), c.y(rate))
			begun = true
		default:
			p.step(c.x(at), c.y(rate))
		}
	}
	c.path(&p, learnedStyle)
}

// throttles are marks below the axis of time.
func (c *chart) throttles() {
	var p path
	last := -1.0
	for _, at := range c.Throttles {
		if x := c.x(at); at < c.Span && x-last >= 0.5 {
			p.move(x, bottom-9)
			p.draw(x, bottom)
			last = x
		}
	}
	c.line(left, bottom, right, bottom, axisStyle)
	c.path(&p, throttledStyle)
}

// legend says what is what, below the plot.
func (c *chart) legend() {
	const y = height - 18
	at := left
	entry := func(mark func(x float64), text string, room float64) {
		mark(at)
		c.text(at+28, y, "start", "", text)
		at += room
	}
	entry(func(x float64) { c.rect(x, y-10, 20, 10, acceptedStyle) }, "accepted", 112)
	entry(func(x float64) { c.line(x, y-4.5, x+20, y-4.5, limitStyle) }, c.LimitIs, 52+7.2*float64(len(c.LimitIs)))
	entry(func(x float64) { c.line(x, y-4.5, x+20, y-4.5, learnedKey) }, c.LearnedIs, 185)
	n := c.throttled(c.Span)
	accepted := c.Accepted
	if c.Requests != nil {
		accepted = c.Requests
	}
	sent := n + accepted(0, c.Span)
	entry(func(x float64) { c.line(x+10, y-10, x+10, y, throttledStyle) }, fmt.Sprintf("throttled: %d of %s", n, thousands(sent)), 0)
}

func (m *measured) limitName() string {
	switch {
	case m.Rival != nil:
		return "limit, less what the rival takes"
	case m.Server.Limits[0].Kind == sandbox.Concurrency:
		return "best constant pace"
	case m.Server.Limits[0].Per >= time.Minute:
		return "limit, spread evenly"
	}
	return "limit"
}
