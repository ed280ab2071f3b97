package batch

import (
	"slices"
	"strconv"

	"github.com/arl-cli/arl/internal/rawjson"
	"github.com/arl-cli/arl/internal/sendctx"
)

// A Cost is what a record took of a unit, such as tokens.
type Cost = sendctx.Cost

// A TotalCost is what the records of a run took of a unit.
type TotalCost struct {
	Unit       string `json:"-"`
	Estimated  int64  `json:"estimated"`
	Actual     int64  `json:"actual"`               // where a response did not say, its estimate is counted
	Unmeasured int64  `json:"unmeasured,omitempty"` // records of which a response did not say
}

// addCost adds what a record took.
func (s *Summary) addCost(c *Cost) {
	i := slices.IndexFunc(s.Costs, func(t TotalCost) bool { return t.Unit == c.Unit })
	if i < 0 {
		i, s.Costs = len(s.Costs), append(s.Costs, TotalCost{Unit: c.Unit})
	}
	t := &s.Costs[i]
	t.Estimated += c.Estimated
	t.Actual += c.Taken()
	if c.Actual < 0 {
		t.Unmeasured++
	}
}

// costsByUnit are the totals as programs read them.
func (s *Summary) costsByUnit() map[string]TotalCost {
	costs := make(map[string]TotalCost, len(s.Costs))
	for _, t := range s.Costs {
		costs[t.Unit] = t
	}
	return costs
}

// costSize is about how many bytes a cost takes in a result, beside a long name.
const costSize = 160

// appendCosts appends what a record took: {"tokens":{"estimated":350,"actual":412}}.
func appendCosts(dst []byte, costs []Cost) []byte {
	if len(costs) == 0 {
		return dst
	}
	dst = append(dst, `,"cost":{`...)
	for i, c := range costs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(rawjson.AppendQuoted(dst, c.Unit), `:{"estimated":`...)
		dst = strconv.AppendInt(dst, c.Estimated, 10)
		if c.Actual >= 0 {
			dst = strconv.AppendInt(append(dst, `,"actual":`...), c.Actual, 10)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}
