package batch

import (
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/progress"
	"github.com/arl-cli/arl/internal/terminal"
)

// A size is how large the input of a batch is, as far as is known before it is read.
type size struct {
	bytes   int64
	unknown bool  // there is an input that is no regular file
	most    int64 // records that may be sent; 0 means no bound
}

// add adds what an input still holds.
func (z *size) add(in io.Reader) {
	f, ok := in.(*os.File)
	if !ok {
		z.unknown = true
		return
	}
	fi, err := f.Stat()
	at, seekErr := f.Seek(0, io.SeekCurrent)
	if err != nil || seekErr != nil || !fi.Mode().IsRegular() {
		z.unknown = true
		return
	}
	z.bytes += max(0, fi.Size()-at)
}

// A estimator reads how far a run is.
type estimator struct {
	s     *session.Session
	total size

	maxCost map[string]int64
	keys    []progress.Key // what was known of the limits
	next    time.Time      // when it is looked at again
}

// keysEvery is how often it is looked at what is known of the limits, and longer where there are many keys:
// each look is a read of the state that running processes share.
const keysEvery = time.Second

func newEstimator(s *session.Session, o *options) *estimator {
	return &estimator{s: s, total: o.size, maxCost: o.MaxCost}
}

func (g *estimator) read(engine *batch.Engine, now time.Time) progress.Reading {
	sum := engine.Snapshot()
	r := progress.Reading{
		At: now, Done: sum.Before + sum.OK + sum.Failed + sum.Unknown, Before: sum.Before + sum.Kept,
		Failed: sum.Failed + sum.Unknown - sum.Kept, Throttled: g.s.Throttled.Load(),
	}
	r.Cost = costText(sum.Costs, g.maxCost)
	r.Total, r.Guessed = g.total.records(&sum, engine.Consumed())
	if now.After(g.next) {
		g.look(now)
	}
	r.Keys, r.Waits = g.keys, g.s.WaitStatus.Now(now)
	return r
}

// records is how many records the input has: known when all of it has been read, which is soon where there
// are fewer than the look-ahead, and before that as many as there would be if the rest is like the
// beginning.
func (z size) records(sum *batch.Summary, consumed int64) (n int64, guessed bool) {
	switch {
	case sum.Complete:
		n = sum.Read
	case z.unknown || consumed == 0:
		return 0, false
	default:
		share := float64(sum.Read) / float64(consumed) // of what is read here, if there are shards
		n, guessed = max(sum.Read, int64(share*float64(z.bytes))), true
	}
	if done := sum.Before + sum.Kept; z.most > 0 && n-done > z.most {
		return done + z.most, guessed && sum.Read <= done+z.most
	}
	return n, guessed
}

// look asks the limiter what it knows.
func (g *estimator) look(now time.Time) {
	known := g.s.Limiter.Snapshot()
	g.keys = g.keys[:0:0]
	for name, k := range known {
		if k.PausedUntil.After(now) {
			g.s.WaitStatus.Record(name, k.PausedUntil.Sub(now), pacing.ReasonPause)
		}
		if config.IsSharedKey(name) {
			continue
		}
		base, windows := g.s.WaitStatus.First(name)
		rate, limit := k.Rate, estimate.Phrase(&k)
		if k.Cap.Rate > 0 && k.Cap.Rate < rate {
			rate, limit = k.Cap.Rate, "cap "+terminal.PerSecond(k.Cap.Rate)
		}
		g.keys = append(g.keys, progress.Key{
			Name: name, Rate: rate, Limit: limit, Others: g.s.WaitStatus.Others(name), Sent: k.Counts.Sent - base, Unit: config.UnitOfKey(name), Windows: windows,
		})
	}
	slices.SortFunc(g.keys, func(a, b progress.Key) int { return strings.Compare(a.Name, b.Name) })
	if len(g.keys) == 0 {
		return // soon there will be some
	}
	g.next = now.Add(keysEvery + time.Duration(len(known))*keysEvery/50)
}
