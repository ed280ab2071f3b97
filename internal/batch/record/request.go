package record

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/batch/resume"
)

// A Request is what a record asks for.
type Request struct {
	ID      json.RawMessage // as written; nil if the record has none
	Input   string          // the name of the input it comes from
	Line    int             // in its input, from 1
	API     string
	Method  string
	Path    string           // as written; the whole URL if ByURL
	Query   url.Values       // nil if none; numbers as written
	Header  http.Header      // nil if none; Content-Type is added to a "json" body that has none
	Body    []byte           // nil if none
	All     bool             // all pages of a list are asked for
	GraphQL bool             // the body is a GraphQL document
	Cost    map[string]int64 // what it takes of units; a name that is empty stands for the only one; nil if it does not say
	SHA256  [32]byte         // of the request; see hash.go for what of it

	ByURL  bool   // the record names a URL rather than a path
	Origin string // of that URL, where no profile has it; empty otherwise

	// Job is what the record has begun, in this run or an earlier one: its state is asked for, and it is not sent again.
	// nil if there is none.
	Job *resume.Job

	// Occurrence numbers records of the same id and request, from 1; 0 if nobody counts.
	Occurrence uint32
	// Reused says that an earlier record has the same id and another request.
	Reused bool
}

// Identity is what the record is recognised by in another run: its id, or the hash of its request.
func (r *Request) Identity() string {
	if r.ID != nil {
		return "id " + string(r.ID)
	}
	return "sha256 " + hex.EncodeToString(r.SHA256[:])
}

// Key is what the record is recognised by, see [identity.KeyOf].
func (r *Request) Key() identity.Key { return identity.KeyOf(r.ID, &r.SHA256) }

// MeetIn judges the record by what an earlier run has done, and numbers it if it is fresh.
func (r *Request) MeetIn(k *resume.Known) resume.Verdict {
	met := resume.Result{ID: r.ID, SHA256: r.SHA256}
	v := k.Meet(&met)
	if v == resume.Fresh {
		r.Occurrence, r.Reused, r.Job = met.Occurrence, met.Reused, met.Job
	}
	return v
}

// PairKey is [identity.PairOf] the record.
func (r *Request) PairKey() identity.Key { return identity.PairOf(r.ID, &r.SHA256) }
