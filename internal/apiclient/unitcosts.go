package apiclient

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A UnitCost is what a request is thought to take of a unit.
type UnitCost struct {
	Unit, Key string
	Amount    int64
	Params    *limiter.Params // of the unit's key; nil means the defaults
}

// UnitCosts returns what a request is thought to take of each unit, corrected by what known tells of the unit's key.
func (c *Client) UnitCosts(req *http.Request, known func(key string) (limiter.Learned, bool)) []UnitCost {
	plan := c.Plan(req)
	costs := make([]UnitCost, 0, len(plan.Units))
	for i := range plan.Units {
		u := &plan.Units[i]
		cost := UnitCost{Unit: u.Name, Key: plan.Key + " " + u.Name, Amount: u.Estimate, Params: u.Params}
		if !u.Exact {
			l, _ := known(cost.Key)
			cost.Amount = l.Sizes.Amount(u.Estimate)
		}
		costs = append(costs, cost)
	}
	return costs
}

// costsOf returns what is said of a request's cost, by the names of its units. What is wrong with it was found by
// checkCosts.
func costsOf(req *http.Request, units []config.CompiledUnit) map[string]int64 {
	costs := sendctx.Of(req.Context()).Costs
	if _, unnamed := costs[""]; unnamed && len(units) == 1 {
		return map[string]int64{units[0].Name: costs[""]}
	}
	return costs
}

// checkCosts rejects a request of which a cost is said in a unit that its key does not have.
func (c *Client) checkCosts(req *http.Request) error {
	call := sendctx.Of(req.Context())
	if len(call.Costs) == 0 || call.CostsOfAll || !c.profile.Owns(req.URL) {
		return nil
	}
	plan, bucket := c.plan(req)
	if _, err := NameCosts(plan.Key, unitNames(c.profile.UnitsAt(bucket)), call.Costs); err != nil {
		return &httpcheck.UnsendableError{Err: err}
	}
	return nil
}

// A CostError says that a cost is in a unit that is not counted.
type CostError struct {
	Of    string // a key, or a profile
	Unit  string // empty if none was named
	Units []string
}

// Error implements error.
func (e *CostError) Error() string {
	switch {
	case len(e.Units) == 0:
		return e.Of + " counts requests only: its profile has no units"
	case e.Unit == "":
		return fmt.Sprintf("the cost names no unit, and %s has several: %s", e.Of, strings.Join(e.Units, ", "))
	}
	return fmt.Sprintf("%s has no unit %q: it has %s", e.Of, e.Unit, strings.Join(e.Units, ", "))
}

// Hint says what can be done about it.
func (e *CostError) Hint() string {
	if len(e.Units) == 0 {
		return "declare what its limit counts under units: in the profile"
	}
	return "name one of them, such as " + e.Units[0] + "=350"
}

// NameCosts gives a cost without a name the name of the only unit. The error is a [*CostError].
func NameCosts(of string, units []string, costs map[string]int64) (map[string]int64, error) {
	named := make(map[string]int64, len(costs))
	for _, name := range slices.Sorted(maps.Keys(costs)) {
		n := costs[name]
		if name == "" && len(units) == 1 {
			name = units[0]
		}
		if !slices.Contains(units, name) {
			return nil, &CostError{of, name, units}
		}
		named[name] = n
	}
	return named, nil
}

// CheckUnits rejects names of units that a planned request does not take. The error is a [*CostError].
func CheckUnits(plan *limiter.Plan, names []string) error {
	units := make([]string, len(plan.Units))
	for i := range plan.Units {
		units[i] = plan.Units[i].Name
	}
	for _, name := range names {
		if !slices.Contains(units, name) {
			return &CostError{plan.Key, name, units}
		}
	}
	return nil
}

// Known returns what is known of a key, from this run or an earlier one.
func (c *Client) Known(key string) (limiter.Learned, bool) { return c.cfg.Limiter.Known(key) }
