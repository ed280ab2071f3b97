package batch

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/output"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/batch/send"
	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A planned is how many records of one kind there are.
type planned struct {
	api, method, key string
	records          int64
}

// A pace is at what rate the records of one key will be sent, as far as is known.
type pace struct {
	rate    float64
	source  string        // and from how much that is known
	guess   bool          // it was not learned
	wait    time.Duration // before the first
	records int64         // or units
}

// plan checks all records and says what a run would do, without sending anything.
func (o *options) plan(ctx context.Context, s *session.Session, sender *send.Sender, inputs []record.Input) error {
	rates, err := session.ReadRates(o.env, o.global)
	if err != nil {
		return err
	}
	defer rates.Close()
	known, err := rates.Known(ctx)
	if err != nil {
		return err
	}
	caps := rates.Caps(ctx)
	c := o.config(inputs, sender)
	c.Observe = (&badLines{say: s.Messages.Say}).show
	if o.Resume {
		if c.Known, err = output.Peek(o.outfile(nil)); err != nil {
			return unusable(err)
		}
	}
	counts, paces, lists, first, jobs := map[planned]int64{}, map[string]*pace{}, int64(0), "", int64(0)
	units := unitPlan{paces: paces, totals: map[string]int64{}}
	knows := func(key string) (limiter.Learned, bool) {
		l, ok := known[key]
		return l, ok
	}
	summary, err := batch.Plan(ctx, c, func(r *batch.Request) error {
		p, err := sender.Plan(r, knows)
		if err != nil {
			return err
		}
		if r.Job != nil {
			jobs++
			return nil
		}
		counts[planned{api: r.API, method: r.Method, key: p.Key}]++
		if paces[p.Key] == nil {
			paces[p.Key] = o.pace(known, p.Key, p.Params, caps.Of(p.Key))
		}
		paces[p.Key].records++
		units.add(known, p.Units)
		if r.All {
			lists++
		}
		if first == "" {
			first = sender.Redact(r, string(o.firstRecord()))
		}
		return nil
	})
	if err != nil {
		return &cli.Error{Message: err.Error(), Code: cli.ExitUnfinished, Err: err}
	}
	if err := o.showPlan(summary, counts, &units, lists, jobs); err != nil {
		return err
	}
	if err := o.showSharing(ctx, paces); err != nil {
		return err
	}
	if first != "" {
		fmt.Fprintf(o.env.Out, "the first record: %s\n", first)
	}
	if summary.Failed > 0 {
		return &cli.Error{Silent: true, Code: cli.ExitOther}
	}
	return nil
}

// pace finds what is known of a key: what was learned, else where the profile begins, within all
// bounds.
func (o *options) pace(known map[string]limiter.Learned, key string, params *limiter.Params, most pacing.Cap) *pace {
	l, ok := known[key]
	if !ok {
		l = limiter.Learned{Rate: cmp.Or(params.InitialRate, 2)}
	}
	p := newPace(&l, params)
	p.bound(most.Rate, "arl rates cap")
	p.bound(o.Rate, "--rate")
	p.boundWindows(params)
	return p
}

// newPace is what is known of a key, within the bounds of its profile.
func newPace(l *limiter.Learned, params *limiter.Params) *pace {
	p := &pace{
		rate: l.Rate, source: estimate.Evidence(l), guess: estimate.LimitOf(l) == estimate.Unknown,
		wait: max(0, time.Until(l.PausedUntil)),
	}
	p.bound(params.MaxRate, "max_rate")
	p.bound(l.Cap.Rate, "arl rates cap")
	return p
}

// boundWindows keeps the pace within documented limits.
func (p *pace) boundWindows(params *limiter.Params) {
	for _, w := range params.Windows {
		if p.bound(float64(w.Limit)/w.Per.Seconds(), "a documented limit") {
			p.guess = false
		}
	}
}

// bound keeps the pace to at most so many a second, if that is not 0, and reports whether that is less.
func (p *pace) bound(most float64, source string) bool {
	if most <= 0 || most >= p.rate {
		return false
	}
	p.rate, p.source = most, source
	return true
}

// takes is how long the records of a key will take.
func (p *pace) takes() time.Duration {
	seconds := float64(p.records) / p.rate
	return p.wait + time.Duration(min(seconds, math.MaxInt64/4e9)*float64(time.Second))
}

func (o *options) showPlan(s batch.Summary, counts map[planned]int64, units *unitPlan, lists, jobs int64) error {
	paces := units.paces
	var kinds []planned
	for kind, n := range counts {
		kind.records = n
		kinds = append(kinds, kind)
	}
	slices.SortFunc(kinds, func(a, b planned) int {
		return cmp.Or(cmp.Compare(a.api, b.api), cmp.Compare(a.key, b.key), cmp.Compare(a.method, b.method))
	})
	table := terminal.Table{Head: []string{"RECORDS", "API", "METHOD", "KEY", "RATE", "FROM"}, Right: []bool{true, false, false, false, true, false}}
	for _, kind := range kinds {
		p := paces[kind.key]
		table.Row(terminal.Count(kind.records), kind.api, kind.method, terminal.Plain(kind.key), terminal.PerSecond(p.rate), p.source)
	}
	if len(kinds) > 0 {
		style := terminal.NewStyle(o.env.Out, o.env.Colour(o.global.Color, o.env.OutTTY))
		if err := cmp.Or(table.Write(o.env.Out, style), units.show(o.env.Out, style)); err != nil {
			return err
		}
	}
	before, elsewhere := "", ""
	if s.Elsewhere > 0 {
		elsewhere = fmt.Sprintf("; %s elsewhere", terminal.Count(s.Elsewhere))
	}
	if s.Before+s.Kept > 0 {
		before = fmt.Sprintf("%s done before + ", terminal.Count(s.Before+s.Kept))
	}
	if jobs > 0 {
		before += terminal.Quantity(jobs, "accepted job") + " to ask for + "
	}
	fmt.Fprintf(o.env.Out, "%s = %s%s to send + %s that cannot be sent%s\n", terminal.Quantity(s.Read, "record"), before, terminal.Count(s.NotSent-jobs), terminal.Count(s.Failed), elsewhere)
	if s.NotSent == jobs {
		return nil
	}
	more := ""
	if lists > 0 {
		more = fmt.Sprintf(", and longer: of %s only the first page is counted", terminal.Quantity(lists, "list"))
	}
	units.showTotals(o.env.Out, o.MaxCost)
	last := longest(paces)
	fmt.Fprintf(o.env.Out, "about %s, until %s%s\n", terminal.Span(last), cli.Clock(time.Now().Add(last), time.Now()), more)
	if guesses := guessed(paces); guesses != "" {
		fmt.Fprintf(o.env.Out, "that is a guess: %s not known yet\n", guesses)
	}
	return nil
}

// longest is how long the key takes that takes longest.
func longest(paces map[string]*pace) (last time.Duration) {
	for _, p := range paces {
		last = max(last, p.takes())
	}
	return last
}

// guessed says whose limits are not known, so that a time is no more than a guess; empty if all are.
func guessed(paces map[string]*pace) string {
	var keys []string
	for key, p := range paces {
		if p.guess {
			keys = append(keys, key)
		}
	}
	switch len(keys) {
	case 0:
		return ""
	case 1:
		return "the limit of " + terminal.Plain(keys[0]) + " is"
	}
	return "the limits of " + terminal.Quantity(int64(len(keys)), "key") + " are"
}

// shownBad is how many bad lines a plan shows.
const shownBad = 20

// badLines shows the records that cannot be sent.
type badLines struct {
	say func(format string, args ...any)
	n   int
}

func (b *badLines) show(d *batch.Done) {
	if d.Outcome != batch.Failed {
		return
	}
	if b.n++; b.n <= shownBad {
		b.say("%s:%d: %s", d.Input, d.Line, d.Err.Message)
	} else if b.n == shownBad+1 {
		b.say("more of them are not shown")
	}
}
