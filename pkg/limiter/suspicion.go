package limiter

import (
	"math"
	"time"
)

// Whose limit a throttle was, where nothing says so. Three things speak for or against each unit of a request:
//
//   - How much is used, measured by the most that was ever let through: a limit of which half is used throttles nobody.
//   - The sizes of requests that were throttled first: a limit that is nearly used up throttles a request the likelier, the
//     more that takes of it. Large requests throttled speak for tokens, small ones against them.
//   - What is paced: a unit whose rate holds requests back is where it was led.
//
// Such a charge may be wrong, and is kept as a guess. It is tested as soon as it can be: when the unit is what holds
// requests back, while another one that was suspected is used much less than then. Its controller then searches for its limit as if
// none was known; if that is throttled soon, it was right. A guess is also tested when sizes come to speak for another unit.

// A guess is a charge that nothing proves: what requests took on average of each unit then.
type guess map[*queue]float64

const (
	// distance is what a unit of which nothing is used is less likely, as a logarithm, than one used as never before.
	distance = 4.0
	// pacedBonus is by how much a unit is likelier, as a logarithm, that holds requests back.
	pacedBonus = 0.25
	// unitBonus is by how much units are likelier, as a logarithm, than requests: who declares one knows that it is limited.
	unitBonus = 0.5
	// mostSuspicion bounds what sizes say in all, so that they may come to say something else; suspicionSpan is for how
	// long, in seconds, they are remembered.
	mostSuspicion, suspicionSpan = 3.0, 600
	// flipMargin is by how much another unit must be likelier for an earlier guess to be tested.
	flipMargin = 1.5
	// muchLess is how much less of another unit must be used than at a guess, for as much of the one that it is about, for
	// the guess to be tested.
	muchLess = 0.5
)

// sizeEvidence is how much likelier, as a logarithm, a request that takes so much is to be the first that is throttled
// because of this limit than because of another one.
func (p *unitPart) sizeEvidence() float64 {
	mean := p.queue.unit.known().Mean
	if mean <= 0 || p.amount <= 0 {
		return 0
	}
	return math.Log(float64(p.amount) / mean)
}

// suspect takes in what the size of a throttled request says, and returns what sizes say in all.
func (l *unitLedger) suspect(now time.Time, evidence float64) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	faded := l.suspicion * math.Exp(-now.Sub(l.suspectedAt).Seconds()/suspicionSpan)
	l.suspicion, l.suspectedAt = min(max(faded+evidence, -mostSuspicion), mostSuspicion), now
	return l.suspicion
}

// accuse returns the part whose limit a throttle most likely was, and the one, if any, of which that was thought
// wrongly before; -1 if there is none. Nothing but guesses is behind it.
func (u *unitSlots) accuse(now time.Time) (charged, acquitted int) {
	own := u.parts[0].queue.unit
	if i := own.sameEvent(u); i >= 0 {
		return i, -1
	}
	scores := make([]float64, len(u.parts))
	for i := range u.parts {
		p := &u.parts[i]
		scores[i] = p.queue.unit.suspect(now, p.sizeEvidence()) - distance*(1-min(p.queue.unit.nearness(now), 1))
		if p.paced {
			scores[i] += pacedBonus
		}
		if i > 0 {
			scores[i] += unitBonus
		}
		if scores[i] > scores[charged] {
			charged = i
		}
	}
	acquitted = -1
	for i := range u.parts {
		if i != charged && scores[charged]-scores[i] >= flipMargin && u.parts[i].queue.unit.takeGuess() {
			acquitted = i
		}
	}
	u.guess(charged)
	return charged, acquitted
}

// guess notes that a throttle is charged to a part without proof.
func (u *unitSlots) guess(charged int) {
	g := make(guess, len(u.parts))
	for i := range u.parts {
		g[u.parts[i].queue] = u.parts[i].queue.unit.meanSize()
	}
	l := u.parts[charged].queue.unit
	l.mu.Lock()
	l.guessed = g
	l.mu.Unlock()
}

// sameEvent returns the part that an earlier throttle was charged to of which this one is an echo: the request was
// granted before it. -1 if there is none.
func (l *unitLedger) sameEvent(u *unitSlots) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range u.parts {
		if p := &u.parts[i]; p.queue == l.charged && p.slot.Generation <= l.chargedIn {
			return i
		}
	}
	return -1
}

// noteCharge remembers what a throttle was charged to.
func (l *unitLedger) noteCharge(p *unitPart) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.charged != p.queue || p.slot.Generation > l.chargedIn {
		l.charged, l.chargedIn = p.queue, p.slot.Generation
	}
}

// takeGuess reports whether what was charged to the unit was a guess, and forgets it.
func (l *unitLedger) takeGuess() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.guessed != nil
	l.guessed = nil
	return was
}

// doubtful reports whether a guess can be tested now: the part is what holds requests back, and for as much of it much less
// of another one is used than when the guess was made. It is asked once for each guess.
func (p *unitPart) doubtful() bool {
	l := p.queue.unit
	if !p.paced {
		return false
	}
	l.mu.Lock()
	then := l.guessed
	l.mu.Unlock()
	for q, size := range then {
		if q.unit.meanSize()*then[p.queue] < muchLess*size*l.meanSize() {
			return l.takeGuess()
		}
	}
	return false
}

// meanSize is what a request takes on average; 1 of what counts requests.
func (l *unitLedger) meanSize() float64 {
	if mean := l.known().Mean; mean > 0 {
		return mean
	}
	return 1
}
