package pacing

// A bucket that refills holds back nobody who takes a single slot, for such requests are paced. One that takes many may
// need more than is there just now, although that is enough for others. It waits until so much has come back: what was
// told last, less what is in flight, at the rate at which it refills.

// holds returns when there is enough for a request that takes cost; in the past if there is now.
func (b *budgetState) holds(cost, inFlight int64) int64 {
	most := max(b.Limit-b.Reserve, 1)
	return b.WholeAt + (inFlight-most+min(cost, most))*b.Refill
}

// there is how many may be taken at an instant, by what holds says; below 1 if none.
func (b *budgetState) there(at, inFlight int64) int64 {
	since := at - b.WholeAt
	if since < 0 {
		since -= b.Refill - 1 // rounded down
	}
	return max(b.Limit-b.Reserve, 1) - inFlight + since/b.Refill
}

// refills takes in what a flow knows of a bucket that requests take many slots of, as its newest response told it.
func (b *budgetState) refills(now int64, f *flow) {
	if f.Lump == 0 || f.Refills == 0 || f.Refill <= 0 || f.Limit == 0 {
		b.Refill, b.WholeAt = 0, 0
		return
	}
	b.Refill = max(1e12/f.Refill, 1)
	if f.SeenAt == now {
		b.WholeAt = now + (f.Limit-f.Remaining)*b.Refill
	}
}

// whole is the least that one of the limits holds in all, as responses told; 0 if none did.
func (s *State) whole() (least int64) {
	for i := range s.Budgets {
		if b := &s.Budgets[i]; b.ID != 0 && b.Limit > 0 && (least == 0 || b.Limit < least) {
			least = b.Limit
		}
	}
	return least
}
