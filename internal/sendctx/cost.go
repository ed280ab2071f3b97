package sendctx

import "context"

// A Cost is what a request took of a unit, such as tokens, all attempts and pages together.
type Cost struct {
	Unit      string
	Estimated int64
	Actual    int64 // -1 if a response did not say
}

// AddCost takes in what an attempt took; actual is negative where its response does not say.
func (r *Report) AddCost(unit string, estimated, actual int64) {
	for i := range r.Cost {
		if c := &r.Cost[i]; c.Unit == unit {
			c.Estimated += estimated
			if c.Actual < 0 || actual < 0 {
				c.Actual = -1
			} else {
				c.Actual += actual
			}
			return
		}
	}
	r.Cost = append(r.Cost, Cost{Unit: unit, Estimated: estimated, Actual: max(actual, -1)})
}

type costsKey struct{}

// WithCosts says what the requests of ctx take of units, in the place of what is estimated.
func WithCosts(ctx context.Context, costs map[string]int64) context.Context {
	return context.WithValue(ctx, costsKey{}, costs)
}

// Costs returns the costs of [WithCosts]; nil if there are none.
func Costs(ctx context.Context) map[string]int64 {
	costs, _ := ctx.Value(costsKey{}).(map[string]int64)
	return costs
}
