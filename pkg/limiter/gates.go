package limiter

import "context"

// A Gate is what the requests of several keys have to pass together, each on top of its own key: limits
// that are documented for all of them. It counts what they send, and learns nothing: a refusal does not
// tell whose limit was met.
type Gate struct {
	Key            string   // must not be that of any request
	Windows        []Window // documented limits, at most MaxWindows
	MaxConcurrency int      // requests of one process in flight at once; 0 means no bound
	Cost           int      // slots that a request of this key takes of them; 0 means as many as of its own key
}

// params make a key of the gate whose pace holds nobody back. The burst is there because slots are not
// asked for in their order: one key's may lie behind another's that was asked for later.
func (g *Gate) params() *Params {
	return &Params{
		InitialRate: fastest, MinRate: fastest, MaxRate: fastest, Burst: int(5*Horizon) / (1e9 / fastest),
		Windows: g.Windows, MaxConcurrency: g.MaxConcurrency,
	}
}

// gate returns the line of a gate, opening its cell for the first key that has to pass it. mu is held.
func (l *Limiter) gate(ctx context.Context, g *Gate) (*line, error) {
	if ln := (*l.lines.Load())[g.Key]; ln != nil {
		return ln, nil
	}
	ln, err := l.newLine(ctx, g.Key, g.params())
	if err != nil {
		return nil, err
	}
	ln.shared = true
	l.add(ln)
	return ln, nil
}

// A crossing is one request's way through its line's gate.
type crossing struct {
	ticket int64 // its place among those that ask the gate
	turn   slot
}

// reserve asks for a slot of the line, and for the same one of its gate if there is one.
func (g *Grant) reserve(ctx context.Context, ask Ask) (slot, error) {
	if g.line.gate == nil {
		return g.line.reserve(ctx, g.lim, ask), nil
	}
	if g.crossing == nil {
		g.crossing = &crossing{}
	}
	return g.cross(ctx, ask)
}

// cross reserves one slot in both cells or in none: who has to wait for one of them holds nothing of the
// other meanwhile. The heads of the lines before a gate ask one after the other, in the order they came,
// once there is room in it.
func (g *Grant) cross(ctx context.Context, ask Ask) (slot, error) {
	x, gate := g.crossing, g.line.gate
	var err error
	if x.ticket, err = gate.enter(ctx, x.ticket, &g.Waited); err != nil {
		return slot{}, err
	}
	own := g.line.reserve(ctx, g.lim, ask)
	if !own.Granted {
		gate.leave(false)
		return own, nil
	}
	if g.line.toll > 0 {
		ask.Cost = g.line.toll
	}
	ask.After, ask.Exact = own.Wait, true
	x.turn = gate.reserve(ctx, g.lim, ask)
	gate.leave(x.turn.Granted)
	if x.turn.Granted {
		return own, nil
	}
	g.line.cancel(g.lim, own)
	return x.turn, nil
}

// current reports whether the slots that were granted are still good.
func (g *Grant) current(ctx context.Context) bool {
	return g.line.current(ctx, g.lim, g.turn) &&
		(g.crossing == nil || g.line.gate.current(ctx, g.lim, g.crossing.turn))
}

// crossed tells the gate what became of the request.
func (g Grant) crossed(o Outcome, v Verdict) {
	gate, turn := g.line.gate, g.crossing.turn
	ev := Event{Kind: Failed, Generation: turn.Generation, Granted: turn.Cost, NoLearn: true}
	switch {
	case o.Kind == Accepted:
		ev.Kind = Accepted
	case o.All && v.Paused > 0:
		ev.Kind, ev.Pause = Overloaded, v.Paused // which pauses, and says nothing of a rate
	}
	if gv := gate.tell(context.Background(), g.lim, turn.era, ev); gv.Material && gv.Paused > 0 && g.lim.cfg.Changed != nil {
		g.lim.cfg.Changed(gate.key)
	}
}
