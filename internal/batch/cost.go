package batch

import (
	"errors"
	"fmt"
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

// maxCost bounds what a record can say that it takes.
const maxCost = 1 << 40

// readCost reads what a record says that it takes: a number of the only unit, or an object of numbers by unit.
func readCost(r *Request, value []byte) error {
	r.Cost = make(map[string]int64)
	if value[0] != '{' {
		return readAmount(r.Cost, "", value)
	}
	for quoted, value := range rawjson.Members(value) {
		name, err := rawjson.Unquote(quoted)
		if err != nil {
			return err
		}
		if len(name) == 0 {
			return errors.New(`"cost" has a unit without a name`)
		}
		if err := readAmount(r.Cost, string(name), value); err != nil {
			return err
		}
	}
	return nil
}

func readAmount(costs map[string]int64, unit string, value []byte) error {
	n, err := strconv.ParseFloat(string(value), 64)
	if err != nil || !(n >= 1 && n <= maxCost) {
		return fmt.Errorf(`"cost" must be a number from 1 to %d, or an object of such numbers by unit, like {"tokens": 350}`, int64(maxCost))
	}
	costs[unit] = int64(n)
	return nil
}

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
