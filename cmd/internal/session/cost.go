package session

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// requests is the unit that every limit counts in.
const requests = "requests"

// A SlotCost is how much of a limit one slot counts for: so many requests, and so much of units such as tokens. Of a unit
// that is not in Units it takes what the profile estimates.
type SlotCost struct {
	Requests int
	Units    map[string]int64
}

// Set says how much it is of a unit; "" stands for requests.
func (c *SlotCost) Set(unit string, n int64) {
	if unit == "" {
		c.Requests = int(n)
		return
	}
	if c.Units == nil {
		c.Units = make(map[string]int64)
	}
	c.Units[unit] = n
}

// slotCost is --cost of a command that asks for one slot: N requests, or UNIT=N.
type slotCost struct{ cost *SlotCost }

// String implements pflag.Value.
func (v slotCost) String() string {
	if v.cost == nil {
		return ""
	}
	parts := []string{strconv.Itoa(v.cost.Requests)}
	for _, unit := range slices.Sorted(maps.Keys(v.cost.Units)) {
		parts = append(parts, unit+"="+strconv.FormatInt(v.cost.Units[unit], 10))
	}
	return strings.Join(parts, ",")
}

// Type implements pflag.Value.
func (v slotCost) Type() string { return "COST" }

// Set implements pflag.Value.
func (v slotCost) Set(s string) error {
	unit, number, err := CostUnit(s)
	if err != nil {
		return err
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0) || n > CostBound(unit) {
		return fmt.Errorf("%q is not a cost such as 3 or tokens=350", s)
	}
	v.cost.Set(unit, int64(math.Ceil(n)))
	return nil
}

// CostUnit separates the unit of a cost, written UNIT=N, from the rest. Without one, or with "requests=", unit is "".
func CostUnit(s string) (unit, rest string, err error) {
	name, number, found := strings.Cut(s, "=")
	switch {
	case !found || !isUnitName(name) && name != "":
		return "", s, nil // of an expression: .a == 1
	case name == "":
		return "", "", errors.New("the name of the unit is missing before =")
	case name == requests:
		return "", number, nil
	}
	return name, number, nil
}

// isUnitName reports whether a unit can have that name.
func isUnitName(s string) bool {
	return s != "" && s[0] != '.' && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_'
	}) < 0
}

// CostBound is the largest cost in a unit; "" stands for requests.
func CostBound(unit string) float64 {
	if unit == "" {
		return math.MaxInt32
	}
	return maxUnitCost
}
