package pacing

import "time"

// A trail is what was accepted when, of late: every eighth of a second for 24 s, every second for a minute before.
// The model reads it at every throttle; see model.go. Once the limit is known, nothing is kept.
type trail struct {
	Newest int64 // the fine bin that is filled now, counted from the store's zero; 0 if nothing is kept
	Oldest int64 // the first one that was ever filled
	Size   int64 // slots that are kept as one; 0 means 1
	Rest   int64 // slots that were not enough for one
	Fine   [fineBins / perWord]int64
	Coarse [coarseBins / perWord]int64
}

const (
	fineBin    = int64(time.Second / 8)
	perSecond  = 8 // fine bins
	fineBins   = 24 * perSecond
	coarseBins = 64
	perWord    = 4 // bins in a word, 16 bits each
)

func binOf(words []int64, i int64) int64 {
	i %= int64(len(words)) * perWord
	return words[i/perWord] >> (16 * (i % perWord)) & 0xffff
}

func setBin(words []int64, i, count int64) {
	i %= int64(len(words)) * perWord
	shift := 16 * (i % perWord)
	words[i/perWord] = words[i/perWord]&^(0xffff<<shift) | min(count, 0xffff)<<shift
}

// add notes that count slots were accepted at now. A trail that begins keeps size slots as one.
func (t *trail) add(now, count, size int64) {
	bin := now/fineBin + 1 // never 0
	if t.Newest == 0 {
		*t = trail{Newest: bin, Oldest: bin, Size: size}
	}
	t.advance(bin)
	setBin(t.Fine[:], bin, binOf(t.Fine[:], bin)+t.whole(count))
}

// trace keeps the trail for as long as the model may need it.
func (c *Controller) trace(now, count int64) {
	switch {
	case c.Ceiling == 0, c.untested(), c.Concurrency.Limit == 0 && c.Fits < maxFits && c.trail.Newest > 0 && now/fineBin-c.Throttles[0] < coarseBins*perSecond:
		c.trail.add(now, count, c.binSize())
	case c.trail.Newest != 0:
		c.trail = trail{}
	}
}

// advance makes room for the bins up to bin: fine ones that are overwritten go into the coarse ones.
func (t *trail) advance(bin int64) {
	if bin-t.Newest > coarseBins*perSecond {
		*t = trail{Newest: bin, Oldest: bin, Size: t.Size} // nothing of it counts any more
		return
	}
	for t.Newest < bin {
		t.Newest++
		if old := t.Newest - fineBins; old >= t.Oldest {
			second := old / perSecond
			before := int64(0)
			if old%perSecond > 0 && old > t.Oldest {
				before = binOf(t.Coarse[:], second)
			}
			setBin(t.Coarse[:], second, before+binOf(t.Fine[:], old))
		}
		setBin(t.Fine[:], t.Newest, 0)
	}
}

// since is how long ago the last count requests began, as far back as every eighth of a second is kept; 0 if they
// were fewer.
func (t *trail) since(now int64, count float64) int64 {
	if t.Newest == 0 {
		return 0
	}
	t.advance(now/fineBin + 1)
	count /= t.size()
	begin := (t.Newest - 1) * fineBin
	for bin := t.Newest; bin >= max(t.Oldest, t.Newest-fineBins+1); bin-- {
		n := float64(binOf(t.Fine[:], bin))
		if n >= count && n > 0 {
			return now - begin - int64((1-count/n)*float64(min(fineBin, now-begin)))
		}
		count, begin = count-n, begin-fineBin
	}
	return 0
}

// A stretch is a part of a trail: so many were accepted within so many seconds, the last of which was a fine bin.
type stretch struct {
	End     int64 // the last fine bin
	Count   float64
	Seconds float64
}

// maxStretches is how many stretches a trail can have.
const maxStretches = fineBins + coarseBins

// read lists the trail up to now, the oldest first.
func (t *trail) read(now int64, into *[maxStretches]stretch) []stretch {
	if t.Newest == 0 {
		return nil
	}
	t.advance(now/fineBin + 1)
	list := into[:0]
	fine := max(t.Newest-fineBins+1, t.Oldest)
	first := max(fine/perSecond-coarseBins+1, t.Oldest/perSecond)
	for second := first; second < fine/perSecond; second++ {
		list = append(list, stretch{End: (second+1)*perSecond - 1, Count: float64(binOf(t.Coarse[:], second)), Seconds: 1})
	}
	if rest := fine % perSecond; rest > 0 && fine > t.Oldest {
		list = append(list, stretch{End: fine - 1, Count: float64(binOf(t.Coarse[:], fine/perSecond)), Seconds: float64(rest) / perSecond})
	}
	for bin := fine; bin <= t.Newest && len(list) < maxStretches; bin++ {
		list = append(list, stretch{End: bin, Count: float64(binOf(t.Fine[:], bin)), Seconds: 1.0 / perSecond})
	}
	return list
}

const trailWords = 4 + (fineBins+coarseBins)/perWord

func (t *trail) words() (out [trailWords]*int64) {
	out[0], out[1], out[2], out[3] = &t.Newest, &t.Oldest, &t.Size, &t.Rest
	for i := range t.Fine {
		out[4+i] = &t.Fine[i]
	}
	for i := range t.Coarse {
		out[4+len(t.Fine)+i] = &t.Coarse[i]
	}
	return out
}
