package fetch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/sendctx"
)

// withCosts has the requests of a record take what the record says, or else what the command line does.
func (s *Sender) withCosts(ctx context.Context, c *apiclient.Client, r *batch.Request) context.Context {
	costs := r.Cost
	if costs == nil {
		costs = s.Options.Cost
	}
	if costs == nil {
		return ctx
	}
	named, err := NamedCosts(c, costs)
	if err != nil {
		return ctx // the record has been rejected before
	}
	return sendctx.WithCosts(ctx, named)
}

// withCosts has a request take what the command line says.
func (o *Options) withCosts(ctx context.Context, c *apiclient.Client) (context.Context, error) {
	if o.Cost == nil {
		return ctx, nil
	}
	named, err := NamedCosts(c, o.Cost)
	if err != nil {
		return ctx, &InputError{fmt.Errorf("--cost: %w", err)}
	}
	return sendctx.WithCosts(ctx, named), nil
}

// NamedCosts gives a cost without a name the name of the only unit of an api. A unit that the api does not have is an
// error.
func NamedCosts(c *apiclient.Client, costs map[string]int64) (map[string]int64, error) {
	units := c.Units()
	named := make(map[string]int64, len(costs))
	for _, name := range slices.Sorted(maps.Keys(costs)) {
		n := costs[name]
		switch {
		case name == "" && len(units) == 1:
			name = units[0]
		case name == "" && len(units) > 1:
			return nil, fmt.Errorf("the cost names no unit, and %s has several: %s", c.Profile().Name, strings.Join(units, ", "))
		case len(units) == 0:
			return nil, fmt.Errorf("%s counts requests only: its profile has no units", c.Profile().Name)
		case !slices.Contains(units, name):
			return nil, fmt.Errorf("%s has no unit %q: it has %s", c.Profile().Name, name, strings.Join(units, ", "))
		}
		named[name] = n
	}
	return named, nil
}
