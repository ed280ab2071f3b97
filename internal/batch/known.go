package batch

// Known is what an output holds already, and which records of the input have been met since. The
// results of a record are told apart by what [Key] and [Request.PairKey] say, and among equal ones by
// the occurrence, from 1. It takes about 50 bytes a record, and is not safe for concurrent use.
//
// Equal records are interchangeable: any of them is matched with any of their results, and the ones
// left over take the occurrences that have no result. So neither the order of the input nor what was
// taken out of it makes a difference.
type Known struct {
	slots   table          // by key; of an id with several requests the first one
	more    table          // the others, by pair
	extra   map[Key]uint32 // by id, if it has several requests: answered in more
	excused map[Key]uint32 // by id: results that say nothing against other requests, or have said it
	apart   map[Place]struct{}
	jobs    map[Place]*Job // that records without a result have begun
	unknown map[Key]uint32 // by pair: how many of the results not matched are unknown
}

// A Place is one occurrence of a request under an id.
type Place struct {
	Pair       Key
	Occurrence uint32
}

// NewKnown returns a Known that knows nothing.
func NewKnown() *Known {
	return &Known{
		extra: map[Key]uint32{}, excused: map[Key]uint32{}, apart: map[Place]struct{}{}, unknown: map[Key]uint32{},
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
		k.extra[keyOf(r.ID, &r.SHA256)]++
	}
	if r.Reused {
		k.excused[keyOf(r.ID, &r.SHA256)]++
	}
	k.take(s, r.ID, &r.SHA256, r.Occurrence)
	if !r.OK {
		k.unknown[pairOf(r.ID, &r.SHA256)]++
	}
}

// Meet judges the next record of the input, and numbers it if it is fresh.
func (k *Known) Meet(r *Request) Verdict {
	s, first := k.slot(r.ID, &r.SHA256)
	if s.answered > 0 {
		v := k.match(r, s.answered)
		s.answered--
		k.matched(r, first)
		return v
	}
	if key := r.Key(); r.ID != nil && k.open(key) > 0 {
		k.excused[key]++
		return Changed
	}
	r.Occurrence = k.take(s, r.ID, &r.SHA256, 0)
	if len(k.jobs) > 0 {
		place := Place{r.PairKey(), r.Occurrence}
		r.Job = k.jobs[place]
		delete(k.jobs, place)
	}
	_, r.Reused = k.extra[r.Key()]
	return Fresh
}

// open is how many results there are under an id that explain no record yet.
func (k *Known) open(key Key) uint32 {
	return k.slots.find(key).answered + k.extra[key] - k.excused[key]
}

// matched notes that a result, of the first request of its id or of another, explains a record.
func (k *Known) matched(r *Request, first bool) {
	if len(k.extra)+len(k.excused) == 0 {
		return
	}
	key := r.Key()
	if !first {
		k.extra[key]--
	}
	if left := k.slots.find(key).answered + k.extra[key]; k.excused[key] > left {
		k.excused[key] = left
	}
}

// match takes one of so many results, the unknown ones last.
func (k *Known) match(r *Request, answered uint32) Verdict {
	if len(k.unknown) == 0 {
		return Before
	}
	pair := r.PairKey()
	if k.unknown[pair] < answered {
		return Before
	}
	k.unknown[pair]--
	return BeforeUnknown
}

// Answered reports whether an occurrence has a result, as long as no record has been met.
func (k *Known) Answered(r *Result) bool {
	s := k.slots.find(keyOf(r.ID, &r.SHA256))
	if s != nil && s.request != fingerprint(&r.SHA256) {
		s = k.more.find(pairOf(r.ID, &r.SHA256))
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
	mark := fingerprint(request)
	s = k.slots.add(keyOf(id, request), mark)
	if s.request == mark {
		return s, true
	}
	k.extra[s.key] += 0 // from now on it is there
	return k.more.add(pairOf(id, request), mark), false
}

// take gives out an occurrence: this one if it is free, else the lowest that is.
func (k *Known) take(s *slot, id []byte, request *[32]byte, occurrence uint32) uint32 {
	if occurrence > s.given+1 {
		place := Place{pairOf(id, request), occurrence}
		if _, taken := k.apart[place]; !taken {
			k.apart[place] = struct{}{}
			return occurrence
		}
	}
	s.given++
	taken := s.given
	for len(k.apart) > 0 {
		next := Place{pairOf(id, request), s.given + 1}
		if _, ok := k.apart[next]; !ok {
			break
		}
		delete(k.apart, next)
		s.given++
	}
	return taken
}
