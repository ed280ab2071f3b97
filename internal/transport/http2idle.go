package transport

// closeIdle lets go of connections that carry nothing where there are more than may be kept alive, and of all that
// have broken. mu is held.
func (p *http2Conns) closeIdle() {
	if p.mostIdle == 0 || p.open() < p.mostIdle {
		return
	}
	for authority, conns := range p.conns {
		var kept []*http2Conn
		for _, c := range conns {
			switch {
			case c.Err() != nil:
			case c.InFlight() == 0 && c.starting.Load() == 0:
				_ = c.Close()
			default:
				kept = append(kept, c)
			}
		}
		if p.conns[authority] = kept; len(kept) == 0 {
			delete(p.conns, authority)
		}
	}
}

// open is how many connections there are. mu is held.
func (p *http2Conns) open() (n int) {
	for _, conns := range p.conns {
		n += len(conns)
	}
	return n
}
