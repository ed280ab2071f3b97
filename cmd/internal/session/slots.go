package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
)

// SlotOptions are the flags of commands that send nothing themselves, but pace what other programs send.
type SlotOptions struct {
	SendOptions
	Method string // empty means GET, with JSON POST
	Path   string
	JSON   string // the request's body, where the bucket or what it takes of units depends on that
	Cost   SlotCost

	method *pflag.Flag
}

// AddSlotFlags adds the flags that all of them have.
func (o *SlotOptions) AddSlotFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.Method, "request", "X", "", "Use the limits for requests with this `METHOD` (default GET, with --json POST)")
	o.method = f.Lookup("request")
	f.StringVar(&o.JSON, "json", "", "Use the limits for requests with this JSON `BODY`, such as {\"model\": \"m\"}")
	f.VarP((*RateValue)(&o.Rate), "rate", "", "Never go faster than `N/s`; also N/m and N/h")
	o.TurnFlags.addFlags(f)
	f.BoolVar(&o.Explain, "explain", false, "Explain each throttle, wait and change of the rate")
	f.StringVar(&o.LogJSON, "log-json", "", "Write one line of JSON for each slot to `FILE` (- for standard error)")
	f.BoolVarP(&o.Silent, "silent", "s", false, "Hide messages and errors")
}

// AddCostFlag adds --cost of a command that asks for one slot.
func (o *SlotOptions) AddCostFlag(f *pflag.FlagSet) {
	o.Cost.Requests = 1
	f.Var(slotCost{&o.Cost}, "cost", "Count as `COST`: N requests, or UNIT=N such as tokens=350; may be repeated")
}

// Check rejects values that cannot be meant.
func (o *SlotOptions) Check() error {
	switch {
	case o.Method == "" && o.method.Changed:
		return cli.Usagef("such as -X POST", "--request must not be empty")
	case o.JSON != "" && !json.Valid([]byte(o.JSON)):
		return cli.Usagef(`such as --json '{"model": "m"}'`, "--json is not valid JSON")
	}
	return o.SendOptions.Check()
}

// Slots are permissions to send requests with one method to one path. They have the key, the bucket and the limits that
// such a request of arl's own has, and share its budget.
type Slots struct {
	session *Session
	plan    limiter.Plan
	request *http.Request
	cost    SlotCost
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
	if noCredential(err) { // the program that sends has its own
		client, err = s.Dial(target, apiclient.Config{Context: ctx, Anonymous: true}, nil)
	}
	if err != nil {
		return nil, err
	}
	req, err := o.request(ctx, client)
	if err != nil {
		return nil, err
	}
	slots := &Slots{session: s, plan: client.Plan(req), request: req, cost: o.Cost}
	return slots, slots.checkUnits()
}

// noCredential reports whether a profile's credential is not there.
func noCredential(err error) bool {
	return cli.Is[*credential.MissingError](err) || cli.Is[*credential.LoggedOutError](err)
}

// request is the kind of request that the slots are for.
func (o *SlotOptions) request(ctx context.Context, client *apiclient.Client) (*http.Request, error) {
	ctx = sendctx.Call{Costs: o.Cost.Units}.In(ctx) // which need no estimate then
	if o.JSON == "" {
		return client.NewRequest(ctx, cmp.Or(o.Method, http.MethodGet), o.Path, nil)
	}
	return client.NewRequest(ctx, cmp.Or(o.Method, http.MethodPost), o.Path, []byte(o.JSON))
}

// checkUnits rejects costs in units that the requests do not take.
func (s *Slots) checkUnits() error {
	err := apiclient.CheckUnits(&s.plan, slices.Sorted(maps.Keys(s.cost.Units)))
	if wrong, ok := errors.AsType[*apiclient.CostError](err); ok {
		return cli.Usagef(wrong.Hint(), "--cost: %v", wrong)
	}
	return err
}

// Key is what the learned rate is stored under.
func (s *Slots) Key() string { return s.plan.Key }

// Acquire waits for a slot, which counts as a request that was sent; at most maxWait, if that is not 0. Its errors are
// those of [limiter.Limiter.Acquire].
func (s *Slots) Acquire(ctx context.Context, maxWait time.Duration) (Slot, error) {
	return s.AcquireCost(ctx, maxWait, s.cost)
}

// AcquireCost is Acquire for a request with another cost.
func (s *Slots) AcquireCost(ctx context.Context, maxWait time.Duration, cost SlotCost) (Slot, error) {
	plan := s.plan
	plan.Cost, plan.MaxWait, plan.Units = cost.Requests, maxWait, s.units(cost.Units)
	grant, err := s.session.Limiter.Acquire(ctx, plan)
	if err != nil {
		return Slot{}, err
	}
	s.taken++
	return Slot{slots: s, grant: grant, taken: time.Now()}, nil
}

// units is what a request takes of the units of its key, where costs says how much of some.
func (s *Slots) units(costs map[string]int64) []limiter.Unit {
	if len(costs) == 0 {
		return s.plan.Units
	}
	var units []limiter.Unit
	for _, u := range s.plan.Units {
		n, given := costs[u.Name]
		switch {
		case !given:
			units = append(units, u)
		case n > 0: // of a unit that it takes nothing of, it waits for none
			u.Estimate, u.Exact = n, true
			units = append(units, u)
		}
	}
	return units
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
