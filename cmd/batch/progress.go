package batch

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/progress"
	"github.com/arl-cli/arl/internal/terminal"
)

// progressLine shows how far a batch is: one line redrawn in place on a terminal, else a plain line every
// ten seconds. It looks at counters, so it never slows the run.
type progressLine struct {
	env    *cli.Env
	style  terminal.Style
	gauge  *estimator
	engine *batch.Engine
	line   io.Writer // where it is drawn
	quit   chan struct{}
	done   sync.WaitGroup

	mu    sync.Mutex // held while anything is written to the terminal
	meter progress.Meter
	shown bool      // the line stands there
	drawn time.Time // since then
}

const (
	tellEvery = 10 * time.Second // how often progress is shown where no line can be redrawn
	// flicker is how long a line is shown before it may be redrawn.
	flicker = 50 * time.Millisecond
)

// newProgressLine returns a display that shows nothing yet.
func newProgressLine(s *session.Session, o *options) *progressLine {
	return &progressLine{env: s.Env, style: s.Messages.Style, gauge: newEstimator(s, o), quit: make(chan struct{})}
}

// start shows how far the engine is, from now on.
func (p *progressLine) start(s *session.Session, engine *batch.Engine) {
	p.engine = engine
	if s.Opts.Silent || s.Opts.NoMeter {
		return
	}
	every := tellEvery
	if p.env.CanRedraw() {
		every = session.RedrawEvery
		if p.env.Piped() {
			every = session.PipedEvery
		}
		p.line = p.env.Display(p.hidden)
	}
	p.meter.Observe(p.gauge.read(engine, time.Now()))
	p.done.Go(func() { p.loop(every) })
}

func (p *progressLine) loop(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-p.quit:
			return
		case now := <-ticker.C:
			p.show(p.gauge.read(p.engine, now))
		}
	}
}

func (p *progressLine) show(r progress.Reading) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.meter.Observe(r)
	if p.env.CanRedraw() {
		p.draw()
		return
	}
	fmt.Fprintf(p.env.Err, "arl: %s\n", p.meter.Plain())
}

// draw puts the line in the place of the one before, in one write, and goes back to its beginning. So what
// others write to the terminal, such as jq behind a pipe, begins there and not behind the line, and when
// the line is redrawn it takes nothing of that away. A terminal that has become narrower has wrapped the
// line: all below the cursor belongs to it.
func (p *progressLine) draw() {
	fmt.Fprint(p.line, "\r"+p.meter.Line(p.width(), p.style)+"\x1b[J\r")
	p.shown, p.drawn = true, time.Now()
}

func (p *progressLine) width() int {
	if w, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && w > 0 {
		return w
	}
	return 80
}

// hidden takes the display away while something is written.
func (p *progressLine) hidden(write func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	shown := p.shown
	p.clear()
	write()
	if shown && time.Since(p.drawn) > flicker {
		p.draw()
	}
}

func (p *progressLine) clear() {
	if p.shown {
		fmt.Fprint(p.line, "\r\x1b[J")
		p.shown = false
	}
}

// results keeps results that go to the terminal and the display apart.
func (p *progressLine) results(w io.Writer) io.Writer {
	if w != p.env.Out || !p.env.OutTTY || !p.env.CanRedraw() {
		return w
	}
	return cli.WriterFunc(func(b []byte) (n int, err error) {
		p.hidden(func() { n, err = w.Write(b) })
		return n, err
	})
}

func (p *progressLine) stop() {
	close(p.quit)
	p.done.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}
