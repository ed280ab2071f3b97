package session

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/pkg/limiter"
)

// SlotOptions are the flags of commands that send nothing themselves, but pace what other programs send.
type SlotOptions struct {
	SendOptions
	Method string
	Path   string
	Cost   int
}

// AddSlotFlags adds the flags that all of them have.
func (o *SlotOptions) AddSlotFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.Method, "request", "X", http.MethodGet, "Use the limits for requests with this `METHOD`")
	f.VarP((*RateValue)(&o.Rate), "rate", "", "Never go faster than `N/s`; also N/m and N/h")
	o.TurnFlags.addFlags(f)
	f.BoolVar(&o.Explain, "explain", false, "Explain each throttle, wait and change of the rate")
	f.StringVar(&o.LogJSON, "log-json", "", "Write one line of JSON for each slot to `FILE` (- for standard error)")
	f.BoolVarP(&o.Silent, "silent", "s", false, "Hide messages and errors")
}

// Check rejects values that cannot be meant.
func (o *SlotOptions) Check() error {
	if o.Method == "" {
		return cli.Usagef("such as -X POST", "--request must not be empty")
	}
	return o.SendOptions.Check()
}

// Slots are permissions to send requests with one method to one path. They have the key, the bucket and the limits that
// such a request of arl's own has, and share its budget.
type Slots struct {
	session *Session
	plan    limiter.Plan
	request *http.Request
	cost    int
	taken   int
}

// A Slot is the permission to send one request.
type Slot struct {
	slots *Slots
	grant limiter.Grant
	taken time.Time
}

// Slots returns those of an api, or of a URL.
func (s *Session) Slots(ctx context.Context, target string, o *SlotOptions) (*Slots, error) {
	client, err := s.Dial(target, apiclient.Config{Context: ctx}, nil)
	if err != nil {
		return nil, err
	}
	req, err := client.NewRequest(ctx, o.Method, o.Path, nil)
	if err != nil {
		return nil, err
	}
	return &Slots{session: s, plan: client.Plan(req), request: req, cost: o.Cost}, nil
}

// Key is what the learned rate is stored under.
func (s *Slots) Key() string { return s.plan.Key }

// Acquire waits for a slot, which counts as a request that was sent; at most maxWait, if that is not 0. Its errors are
// those of [limiter.Limiter.Acquire].
func (s *Slots) Acquire(ctx context.Context, maxWait time.Duration) (Slot, error) {
	return s.AcquireCost(ctx, maxWait, s.cost)
}

// AcquireCost is Acquire for a request that counts for as many.
func (s *Slots) AcquireCost(ctx context.Context, maxWait time.Duration, cost int) (Slot, error) {
	plan := s.plan
	plan.Cost, plan.MaxWait, plan.Units = cost, maxWait, nil
	grant, err := s.session.Limiter.Acquire(ctx, plan)
	if err != nil {
		return Slot{}, err
	}
	s.taken++
	return Slot{slots: s, grant: grant, taken: time.Now()}, nil
}

// Waited is how long it took to get the slot.
func (s *Slot) Waited() time.Duration { return s.grant.Waited }

// Cancel gives the slot back: nothing was sent.
func (s *Slot) Cancel() { s.grant.Cancel() }

// Done says what became of the request, and tells the log of it. why is for people. The result is the pause now in
// force.
func (s *Slot) Done(kind pacing.Kind, pause time.Duration, why string) time.Duration {
	update := s.grant.Done(kind, pause)
	e := limiter.Event{
		Kind: limiter.EventAttempt, API: s.slots.plan.API, Tenant: s.slots.plan.Tenant, Key: s.slots.plan.Key,
		Method: s.slots.request.Method, Path: s.slots.request.URL.EscapedPath(), Number: s.slots.taken,
		Elapsed: time.Since(s.taken), Waited: s.grant.Waited, Reason: s.grant.Reason,
		Signal: headers.Signal{Kind: kind, Pause: pause, Source: why}, Update: update,
	}
	if kind == limiter.Failed {
		e.Err = errors.New(why)
	}
	s.slots.session.Limiter.Report(e)
	return update.Paused
}

// Describe turns what kept a command from its slots into an error for people. what was not done, such as "CMD was not
// run", may be empty.
func (s *Slots) Describe(err error, what string) *cli.Error {
	f := cli.Describe(err, time.Now())
	switch f.Code {
	case cli.ExitInterrupted:
		f.Message = "interrupted"
	case cli.ExitThrottled:
		f.Message = s.Key() + ": " + f.Message
		if what != "" {
			f.Message = what + ": " + f.Message
		}
	}
	f.Silent = s.session.Opts.Silent
	return f
}
