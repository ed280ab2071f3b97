package batch

import (
	"context"
	"errors"
	"io"
)

// Plan reads all records of a run and sends nothing. see is told of each that would be sent, and may
// reject it. In the summary they count as not sent.
func Plan(ctx context.Context, c Config, see func(*Request) error) (Summary, error) {
	c = c.withDefaults()
	p := planner{engine: New(c), see: see}
	for {
		en, err := p.engine.readNext(ctx)
		if err == nil {
			p.look(en)
			continue
		}
		if errors.Is(err, io.EOF) {
			p.engine.tally.end(p.engine.seen)
			err = nil
		}
		s := p.engine.Snapshot()
		return s, errors.Join(err, s.check())
	}
}

// A planner is an engine that sends nothing.
type planner struct {
	engine *Engine
	see    func(*Request) error
}

func (p *planner) look(en *entry) {
	e := p.engine
	e.seen++
	if e.elsewhere(en) || e.known(en) {
		return
	}
	e.tally.read()
	if en.done.Err == nil {
		if err := p.see(&en.req); err != nil {
			e.reject(en, err.Error())
		}
	}
	en.shed()
	e.tally.done(&en.done, 0)
	e.cfg.Observe(&en.done)
	e.budget.Leave(&en.hold)
}
