package resume

import (
	"bytes"
	"encoding/hex"
	"strconv"

	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/rawjson"
)

// KindUnknown is the kind of error of a result that is unknown: the record may or may not have been processed.
const KindUnknown = "unknown"

// A Result is what a later run has to know of a line of output, or of a note in a journal.
type Result struct {
	ID         []byte // as written; nil if there is none
	SHA256     [32]byte
	Occurrence uint32 // from 1
	Reused     bool   // an earlier record has the same id and another request
	OK         bool
	Kind       string // of its error
	Settled    bool   // a note that takes an earlier one back
	Job        *Job   // that the record has begun; nil if there is none whose URL is known

	hashed, judged bool
}

// Place is where the result belongs.
func (r *Result) Place() Place { return Place{identity.PairOf(r.ID, &r.SHA256), r.Occurrence} }

// Done reports whether the record is not to be sent again.
func (r *Result) Done() bool { return r.OK || r.Kind == KindUnknown }

// ParseResult reads a line of output, without its end. It looks only at what it needs, and says
// false if the line is not a result.
func ParseResult(line []byte) (Result, bool) {
	r, ok := parseMembers(line, func(r *Result) bool { return r.judged && r.OK && r.hashed })
	return r, ok && r.judged && (r.hashed || !r.OK && r.Kind != KindUnknown)
}

// ParseNote reads a line of a journal, without its end.
func ParseNote(line []byte) (Result, bool) {
	r, ok := parseMembers(line, func(*Result) bool { return false })
	return r, ok && r.hashed && !r.judged
}

// parseMembers goes through a line, until enough says that no more is needed of one that begins as
// arl writes it: the members that matter then stand in front.
func parseMembers(line []byte, enough func(*Result) bool) (r Result, ok bool) {
	r.Occurrence = 1
	if len(line) < 2 || line[0] != '{' || line[len(line)-1] != '}' || bytes.IndexByte(line, 0) >= 0 {
		return r, false
	}
	own := bytes.HasPrefix(line, []byte(ownWithID)) || bytes.HasPrefix(line, []byte(ownWithout))
	s := rawjson.Scan(line)
	for {
		name, value, more := s.Member()
		if !more {
			return r, s.Offset() == len(line)
		}
		if !r.set(name, value) {
			return r, false
		}
		if own && enough(&r) {
			return r, true
		}
	}
}

// How the lines of arl begin.
const (
	ownWithID  = `{"id":`
	ownWithout = `{"line":`
)

// set keeps one member, and reports whether it can be one of a result.
func (r *Result) set(name, value []byte) bool {
	switch string(name) {
	case `"id"`:
		r.ID = value
	case `"request_sha256"`:
		return r.setHash(value)
	case `"occurrence"`:
		n, err := strconv.ParseUint(string(value), 10, 32)
		r.Occurrence = uint32(n)
		return err == nil && n > 0
	case `"id_reused"`:
		r.Reused = string(value) == "true"
	case `"ok"`:
		r.OK = string(value) == "true"
		r.judged = r.OK || string(value) == "false"
	case `"error"`:
		r.Kind = errorKind(value)
	case `"job"`:
		r.Job = parseJob(value)
	case `"settled"`:
		r.Settled = string(value) == "true"
	}
	return true
}

func (r *Result) setHash(value []byte) bool {
	if len(value) != 2*len(r.SHA256)+2 || value[0] != '"' {
		return false
	}
	_, err := hex.Decode(r.SHA256[:], value[1:len(value)-1])
	r.hashed = err == nil
	return r.hashed
}

// errorKind returns the kind of an error object; its names and kinds need no escapes.
func errorKind(value []byte) string {
	if value[0] != '{' {
		return ""
	}
	s := rawjson.Scan(value)
	for {
		name, value, more := s.Member()
		if !more {
			return ""
		}
		if string(name) == `"kind"` && value[0] == '"' {
			return string(value[1 : len(value)-1])
		}
	}
}
