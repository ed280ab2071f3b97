package request

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/terminal"
)

// pageProgress shows on a terminal how many pages of a list have come, unless the list itself goes there. The
// line is drawn like that of a batch, so that others can write to the terminal.
type pageProgress struct {
	w     io.Writer
	every time.Duration

	mu    sync.Mutex
	text  string
	shown bool
	drawn time.Time
}

// newPageProgress returns nil if nothing is to be shown, as where the list itself is.
func newPageProgress(s *session.Session, listed bool) *pageProgress {
	if !s.Env.CanRedraw() || listed || s.Opts.Silent || s.Opts.NoMeter {
		return nil
	}
	m := &pageProgress{every: session.RedrawEvery}
	if s.Env.Piped() {
		m.every = session.PipedEvery
	}
	m.w = s.Env.Display(m.hidden)
	return m
}

// took is told of every page.
func (m *pageProgress) took(pages, items int) { m.show(pages, items, time.Now()) }

func (m *pageProgress) show(pages, items int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.text = pageCount(pages) + ", " + terminal.Quantity(int64(items), "item")
	if now.Sub(m.drawn) >= m.every {
		m.draw()
		m.drawn = now
	}
}

func (m *pageProgress) draw() {
	fmt.Fprint(m.w, "\r"+m.text+"\x1b[J\r")
	m.shown = true
}

// hidden takes the line away while something is written.
func (m *pageProgress) hidden(write func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	shown := m.shown
	m.clear()
	write()
	if shown {
		m.draw()
	}
}

func (m *pageProgress) clear() {
	if m.shown {
		fmt.Fprint(m.w, "\r\x1b[J")
		m.shown = false
	}
}

// stop takes the line away for good.
func (m *pageProgress) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
	m.text = ""
}
