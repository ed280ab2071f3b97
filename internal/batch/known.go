package batch

// Known is what an output holds already, and which records of the input have been met since. The
// results of a record are told apart by what [Key] and [Request.PairKey] say, and among equal ones by
// the occurrence, from 1. It takes about 50 bytes a record, and is not safe for concurrent use.
//
// Equal records are interchangeable: any of them is matched with any of their results, and the ones
// left over take the occurrences that have no result. So neither the order of the input nor what was
// taken out of it makes a difference.
type Known struct {
	slots   map[Key]slot // of an id with several requests: the first one
	more    map[Key]slot // the others, by pair
	apart   map[Place]struct{}
	unknown map[Key]uint32 // by pair: how many of the results not matched are unknown
}

// A slot is what is known of one request, under one id if it has one.
type slot struct {
	request  uint64 // its fingerprint
	answered uint32 // results that no record has been matched with
	given    uint32 // occurrences 1 to given have a result, or get one in this run; others are apart
	open     uint32 // in Known.slots: answered, of all requests under this id
}

// A Place is one occurrence of a request under an id.
type Place struct {
	Pair       Key
	Occurrence uint32
}

// NewKnown returns a Known that knows nothing.
func NewKnown() *Known {
	return &Known{slots: map[Key]slot{}, more: map[Key]slot{}, apart: map[Place]struct{}{}, unknown: map[Key]uint32{}}
}

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
	in, at := k.locate(r.ID, &r.SHA256)
	s := in[at]
	s.request = fingerprint(&r.SHA256)
	s.answered++
	k.take(&s, r.ID, &r.SHA256, r.Occurrence)
	in[at] = s
	k.opened(r.ID, &r.SHA256, +1)
	if !r.OK {
		k.unknown[pairOf(r.ID, &r.SHA256)]++
	}
}

// Meet judges the next record of the input, and numbers it if it is fresh.
func (k *Known) Meet(r *Request) Verdict {
	in, at := k.locate(r.ID, &r.SHA256)
	s := in[at]
	s.request = fingerprint(&r.SHA256)
	switch {
	case s.answered > 0:
		v := k.match(r, s.answered)
		s.answered--
		in[at] = s
		k.opened(r.ID, &r.SHA256, -1)
		return v
	case k.slots[keyOf(r.ID, &r.SHA256)].open > 0:
		k.opened(r.ID, &r.SHA256, -1)
		return Changed
	}
	r.Occurrence = k.take(&s, r.ID, &r.SHA256, 0)
	in[at] = s
	return Fresh
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
	in, at := k.locate(r.ID, &r.SHA256)
	if r.Occurrence <= in[at].given {
		return true
	}
	_, ok := k.apart[r.Place()]
	return ok
}

// locate returns where the slot of a request is, or would be.
func (k *Known) locate(id []byte, request *[32]byte) (in map[Key]slot, at Key) {
	at = keyOf(id, request)
	if id == nil {
		return k.slots, at
	}
	if s, ok := k.slots[at]; !ok || s.request == fingerprint(request) {
		return k.slots, at
	}
	return k.more, pairOf(id, request)
}

// opened counts results of any request under an id.
func (k *Known) opened(id []byte, request *[32]byte, n int) {
	at := keyOf(id, request)
	s := k.slots[at]
	if n > 0 {
		s.open++
	} else if s.open > 0 {
		s.open--
	}
	k.slots[at] = s
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
