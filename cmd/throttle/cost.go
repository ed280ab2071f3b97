package throttle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/jq"
)

// A lineCost is --cost: a number, or a jq expression that makes one of a line.
type lineCost struct {
	given  string
	number int // 0 means 1
	filter *jq.Filter
}

// String implements pflag.Value.
func (c *lineCost) String() string { return c.given }

// Type implements pflag.Value.
func (c *lineCost) Type() string { return "COST" }

// Set implements pflag.Value.
func (c *lineCost) Set(s string) error {
	c.given = s
	text, err := session.CostNumber(s)
	if err != nil {
		return err
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return (*session.CostValue)(&c.number).Set(text)
	}
	c.filter, err = jq.Compile(text)
	return err
}

// of is what a line costs.
func (c *lineCost) of(ctx context.Context, line []byte) (int, error) {
	if c.filter == nil {
		return max(c.number, 1), nil
	}
	var value []byte
	err := c.filter.Run(ctx, bytes.NewReader(line), func(v []byte) error {
		if value != nil {
			return errors.New("more than one value")
		}
		value = bytes.Clone(v)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("--cost %s: %w", c.given, err)
	}
	var n float64
	if err := json.Unmarshal(value, &n); err != nil || value == nil || string(value) == "null" || n < 0 || n > math.MaxInt32 {
		return 0, fmt.Errorf("--cost %s: %.50q is not a number of requests", c.given, value)
	}
	return int(math.Ceil(n)), nil
}
