package throttle

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/jq"
)

// lineCosts is --cost: what a line costs in requests and in units, each a number, or a jq expression that makes one of the
// line. Of several for one unit the last counts.
type lineCosts []lineCost

// A lineCost is what a line costs in one unit.
type lineCost struct {
	given  string
	unit   string // "" for requests
	number int64
	filter *jq.Filter // nil where number is the cost
}

// String implements pflag.Value.
func (c *lineCosts) String() string {
	given := make([]string, len(*c))
	for i := range *c {
		given[i] = (*c)[i].given
	}
	return strings.Join(given, ",")
}

// Type implements pflag.Value.
func (c *lineCosts) Type() string { return "COST" }

// Set implements pflag.Value.
func (c *lineCosts) Set(s string) error {
	unit, text, err := session.CostUnit(s)
	if err != nil {
		return err
	}
	one := lineCost{given: s, unit: unit}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		if !(n > 0) || n > session.CostBound(unit) {
			return fmt.Errorf("%q is not a cost such as 3, .size or tokens=.tokens", s)
		}
		one.number = int64(math.Ceil(n))
	} else if one.filter, err = jq.Compile(text); err != nil {
		return err
	}
	*c = append(*c, one)
	return nil
}

// first is a cost in all units that lines cost something in, before there is a line.
func (c *lineCosts) first() session.SlotCost {
	cost := session.SlotCost{Requests: 1}
	for i := range *c {
		cost.Set((*c)[i].unit, 1)
	}
	return cost
}

// of is what a line costs.
func (c *lineCosts) of(ctx context.Context, line []byte) (session.SlotCost, error) {
	cost := session.SlotCost{Requests: 1}
	for i := range *c {
		one := &(*c)[i]
		n, err := one.of(ctx, line)
		if err != nil {
			return cost, err
		}
		cost.Set(one.unit, n)
	}
	return cost, nil
}

// of is what a line costs in this unit.
func (c *lineCost) of(ctx context.Context, line []byte) (int64, error) {
	if c.filter == nil {
		return c.number, nil
	}
	var value []byte
	err := c.filter.Run(ctx, bytes.NewReader(line), func(v []byte) error {
		if value != nil {
			return errors.New("the expression returned more than one value")
		}
		value = bytes.Clone(v)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("--cost %s: %w", c.given, err)
	}
	var n float64
	if err := json.Unmarshal(value, &n); err != nil || value == nil || string(value) == "null" || n < 0 || n > session.CostBound(c.unit) {
		return 0, fmt.Errorf("--cost %s: %.50q is not a number of %s", c.given, value, cmp.Or(c.unit, "requests"))
	}
	return int64(math.Ceil(n)), nil
}
