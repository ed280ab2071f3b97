package cmd

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/terminal"
)

// pageMeter shows on a terminal how many pages of a list have come, unless the list itself goes there. The
// line is drawn like that of a batch, so that others can write to the terminal.
type pageMeter struct {
	w     io.Writer
	every time.Duration

	mu    sync.Mutex
	text  string
	shown bool
	drawn time.Time
}

// newPageMeter returns nil if nothing is to be shown, as where the list itself is.
func newPageMeter(s *session, listed bool) *pageMeter {
	if !s.env.canRedraw() || listed || s.opts.Silent || s.opts.NoMeter {
		return nil
	}
	m := &pageMeter{every: redrawEvery}
	if s.env.piped() {
		m.every = pipedEvery
	}
	m.w = s.env.display(m.hidden)
	return m
}

// took is told of every page.
func (m *pageMeter) took(pages, items int) { m.show(pages, items, time.Now()) }

func (m *pageMeter) show(pages, items int, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.text = pageCount(pages) + ", " + terminal.Quantity(int64(items), "item")
	if now.Sub(m.drawn) >= m.every {
		m.draw()
		m.drawn = now
	}
}

func (m *pageMeter) draw() {
	fmt.Fprint(m.w, "\r"+m.text+"\x1b[J\r")
	m.shown = true
}

// hidden takes the line away while something is written.
func (m *pageMeter) hidden(write func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	shown := m.shown
	m.clear()
	write()
	if shown {
		m.draw()
	}
}

func (m *pageMeter) clear() {
	if m.shown {
		fmt.Fprint(m.w, "\r\x1b[J")
		m.shown = false
	}
}

// stop takes the line away for good.
func (m *pageMeter) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clear()
	m.text = ""
}
