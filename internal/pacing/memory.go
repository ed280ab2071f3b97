package pacing

import (
	"context"
	"sync"
	"time"
)

// Memory is a Store for one process. Its clock starts at zero when it is made.
type Memory struct {
	start time.Time
	mu    sync.Mutex
	cells map[string]*memoryCell
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{start: time.Now(), cells: make(map[string]*memoryCell)}
}

// Open implements [Store].
func (m *Memory) Open(_ context.Context, key string, p *Params, recall func() *Learned) (Cell, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.cells[key]
	if c == nil {
		c = &memoryCell{start: m.start}
		m.cells[key] = c
		var l *Learned
		if recall != nil {
			l = recall()
		}
		c.state.Open(c.now(), time.Now(), p, l)
		return c, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Adopt(p)
	return c, nil
}

// Lease implements [Store].
func (m *Memory) Lease() time.Duration { return 0 }

// Close implements [Store].
func (m *Memory) Close() error { return nil }

type memoryCell struct {
	start time.Time
	mu    sync.Mutex
	state State
}

func (c *memoryCell) now() int64 { return int64(time.Since(c.start)) }

// Reserve implements [Cell].
func (c *memoryCell) Reserve(_ context.Context, ask ReserveRequest) (Reservation, error) {
	now := c.now()
	c.mu.Lock()
	t := c.state.Reserve(now, ask)
	c.mu.Unlock()
	return t, nil
}

// Cancel implements [Cell].
func (c *memoryCell) Cancel(_ context.Context, t Reservation) error {
	c.mu.Lock()
	c.state.Cancel(t)
	c.mu.Unlock()
	return nil
}

// Apply implements [Cell].
func (c *memoryCell) Apply(_ context.Context, p *Params, ev Event) (Update, error) {
	now := c.now()
	c.mu.Lock()
	v := c.state.Apply(now, p, ev)
	c.mu.Unlock()
	return v, nil
}

// Current implements [Cell].
func (c *memoryCell) Current(_ context.Context, generation int64) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.Generation == generation, nil
}

// Learned implements [Cell].
func (c *memoryCell) Learned(context.Context) (Learned, error) {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.Learned(now, time.Now()), nil
}

// Distrust implements [Cell].
func (c *memoryCell) Distrust(context.Context) error {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Distrust(now)
	return nil
}

// Follow implements [Cell].
func (c *memoryCell) Follow(_ context.Context, p *Params, to Cap) (Cap, error) {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Adopt(p)
	c.state.SetCap(now, to)
	return c.state.Cap(), nil
}

// Peers implements [Cell]: nobody else can use it.
func (c *memoryCell) Peers() int { return 1 }
