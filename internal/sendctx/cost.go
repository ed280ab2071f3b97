package sendctx

// A Cost is what a request took of a unit, such as tokens, all attempts and pages together.
type Cost struct {
	Unit      string
	Estimated int64
	Actual    int64 // -1 if a response did not say
}

// Taken is what was taken; what was estimated, where a response did not say.
func (c *Cost) Taken() int64 {
	if c.Actual < 0 {
		return c.Estimated
	}
	return c.Actual
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
