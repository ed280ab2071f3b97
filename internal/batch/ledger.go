package batch

import (
	"encoding/json"
	"io"
	"time"

	"github.com/arl-cli/arl/internal/batch/identity"
)

// A ledger is a summary as programs read it. Its members may be added to, never renamed.
type ledger struct {
	Read       int64                `json:"read"`
	DoneBefore int64                `json:"done_before"`
	OK         int64                `json:"ok"`
	Unchanged  int64                `json:"unchanged,omitempty"`
	Failed     int64                `json:"failed"`
	Unknown    int64                `json:"unknown"`
	NotSent    int64                `json:"not_sent"`
	Accepted   int64                `json:"accepted,omitempty"`
	Kept       int64                `json:"unknown_before"`
	Shard      string               `json:"shard,omitempty"`
	Elsewhere  int64                `json:"elsewhere"`
	Complete   bool                 `json:"complete"`
	Attempts   int64                `json:"attempts"`
	Costs      map[string]TotalCost `json:"cost,omitempty"`
	Started    string               `json:"started"`
	Ended      string               `json:"ended"`
	ElapsedMS  int64                `json:"elapsed_ms"`
	Version    string               `json:"version"`
	Errors     map[Kind]int64       `json:"errors"`
	Stopped    string               `json:"stopped,omitempty"`
}

// WriteJSON writes the summary of a shard as one JSON object. version is that of arl, err what Run returned.
func (s *Summary) WriteJSON(w io.Writer, shard identity.Shard, version string, err error) error {
	l := ledger{
		Read: s.Read, DoneBefore: s.Before, OK: s.OK, Unchanged: s.Unchanged, Failed: s.Failed, Unknown: s.Unknown, NotSent: s.NotSent, Accepted: s.Accepted,
		Kept: s.Kept, Shard: shard.String(), Elsewhere: s.Elsewhere, Complete: s.Complete, Attempts: s.Attempts, Costs: s.costsByUnit(), ElapsedMS: s.Elapsed.Milliseconds(), Errors: s.Kinds,
		Started: instant(s.Started), Ended: instant(s.Started.Add(s.Elapsed)), Version: version,
	}
	if err != nil {
		l.Stopped = err.Error()
	}
	return json.NewEncoder(w).Encode(l)
}

// instant writes a time as results do.
func instant(t time.Time) string { return t.UTC().Format(timeLayout) }
