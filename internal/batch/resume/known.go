// Package resume reads the output of an earlier run: which records are done, which are sent again, and which lines of the
// file are kept. It changes nothing.
package resume

import "github.com/arl-cli/arl/internal/batch/identity"

// Known is what an output holds already, and which records of the input have been met since. The
// results of a record are told apart by what package identity says, and among equal ones by
// the occurrence, from 1. It takes about 50 bytes a record, and is not safe for concurrent use.
//
// Equal records are interchangeable: any of them is matched with any of their results, and the ones
// left over take the occurrences that have no result. So neither the order of the input nor what was
// taken out of it makes a difference.
type Known struct {
	slots   table                   // by key; of an id with several requests the first one
	more    table                   // the others, by pair
	extra   map[identity.Key]uint32 // by id, if it has several requests: answered in more
	excused map[identity.Key]uint32 // by id: results that say nothing against other requests, or have said it
	apart   map[Place]struct{}
	jobs    map[Place]*Job          // that records without a result have begun
	unknown map[identity.Key]uint32 // by pair: how many of the results not matched are unknown
}

// A Place is one occurrence of a request under an id.
type Place struct {
	Pair       identity.Key
	Occurrence uint32
}

// NewKnown returns a Known that knows nothing.
func NewKnown() *Known {
	return &Known{
		extra: map[identity.Key]uint32{}, excused: map[identity.Key]uint32{}, apart: map[Place]struct{}{}, unknown: map[identity.Key]uint32{},
	}
}

// AddJob notes that a record has begun a job. It has no result.
func (k *Known) AddJob(r *Result) {
	if k.jobs == nil {
		k.jobs = map[Place]*Job{}
	}
	k.jobs[r.Place()] = r.Job
}

// JobsLeft is how many jobs were begun by records that have not been met.
func (k *Known) JobsLeft() int { return len(k.jobs) }

// A Verdict says what to do with a record.
type Verdict int

// The verdicts.
const (
	Fresh         Verdict = iota // to be sent
	Before                       // it has a result that is ok
	BeforeUnknown                // it has a result that is unknown
	Changed                      // its id has the result of another request
)

// Add notes a result that is ok or unknown.
func (k *Known) Add(r *Result) {
	s, first := k.slot(r.ID, &r.SHA256)
	s.answered++
	if !first {
		k.extra[identity.KeyOf(r.ID, &r.SHA256)]++
	}
	if r.Reused {
		k.excused[identity.KeyOf(r.ID, &r.SHA256)]++
	}
	k.take(s, r.ID, &r.SHA256, r.Occurrence)
	if !r.OK {
		k.unknown[identity.PairOf(r.ID, &r.SHA256)]++
	}
}

// Meet judges the next record of the input, of which ID and SHA256 are known. If it is fresh, Meet numbers it and says
// which job it has begun.
func (k *Known) Meet(r *Result) Verdict {
	s, first := k.slot(r.ID, &r.SHA256)
	if s.answered > 0 {
		v := k.match(r, s.answered)
		s.answered--
		k.matched(r, first)
		return v
	}
	if key := identity.KeyOf(r.ID, &r.SHA256); r.ID != nil && k.open(key) > 0 {
		k.excused[key]++
		return Changed
	}
	r.Occurrence = k.take(s, r.ID, &r.SHA256, 0)
	if len(k.jobs) > 0 {
		place := r.Place()
		r.Job = k.jobs[place]
		delete(k.jobs, place)
	}
	_, r.Reused = k.extra[identity.KeyOf(r.ID, &r.SHA256)]
	return Fresh
}

// open is how many results there are under an id that explain no record yet.
func (k *Known) open(key identity.Key) uint32 {
	return k.slots.find(key).answered + k.extra[key] - k.excused[key]
}

// matched notes that a result, of the first request of its id or of another, explains a record.
func (k *Known) matched(r *Result, first bool) {
	if len(k.extra)+len(k.excused) == 0 {
		return
	}
	key := identity.KeyOf(r.ID, &r.SHA256)
	if !first {
		k.extra[key]--
	}
	if left := k.slots.find(key).answered + k.extra[key]; k.excused[key] > left {
		k.excused[key] = left
	}
}

// match takes one of so many results, the unknown ones last.
func (k *Known) match(r *Result, answered uint32) Verdict {
	if len(k.unknown) == 0 {
		return Before
	}
	pair := identity.PairOf(r.ID, &r.SHA256)
	if k.unknown[pair] < answered {
		return Before
	}
	k.unknown[pair]--
	return BeforeUnknown
}

// Answered reports whether an occurrence has a result, as long as no record has been met.
func (k *Known) Answered(r *Result) bool {
	s := k.slots.find(identity.KeyOf(r.ID, &r.SHA256))
	if s != nil && s.request != identity.Fingerprint(&r.SHA256) {
		s = k.more.find(identity.PairOf(r.ID, &r.SHA256))
	}
	if s != nil && r.Occurrence <= s.given {
		return true
	}
	_, ok := k.apart[r.Place()]
	return ok
}

// slot returns the slot of a request, a new one if there is none, and whether it is the first of its
// id. It is valid until the next call.
func (k *Known) slot(id []byte, request *[32]byte) (s *slot, first bool) {
	mark := identity.Fingerprint(request)
	s = k.slots.add(identity.KeyOf(id, request), mark)
	if s.request == mark {
		return s, true
	}
	k.extra[s.key] += 0 // from now on it is there
	return k.more.add(identity.PairOf(id, request), mark), false
}

// take gives out an occurrence: this one if it is free, else the lowest that is.
func (k *Known) take(s *slot, id []byte, request *[32]byte, occurrence uint32) uint32 {
	if occurrence > s.given+1 {
		place := Place{identity.PairOf(id, request), occurrence}
		if _, taken := k.apart[place]; !taken {
			k.apart[place] = struct{}{}
			return occurrence
		}
	}
	s.given++
	taken := s.given
	for len(k.apart) > 0 {
		next := Place{identity.PairOf(id, request), s.given + 1}
		if _, ok := k.apart[next]; !ok {
			break
		}
		delete(k.apart, next)
		s.given++
	}
	return taken
}
