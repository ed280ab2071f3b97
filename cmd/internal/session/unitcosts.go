package session

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// AddCostFlag adds --cost.
func (o *SendOptions) AddCostFlag(f *pflag.FlagSet) {
	f.Var(unitCosts{&o.Cost}, "cost", "Count each request as `UNIT=N`, such as tokens=350, instead of estimating it; may be repeated")
}

// UnitAmounts is a flag that says so much of a unit, as --cost does.
func UnitAmounts(amounts *map[string]int64) pflag.Value { return unitCosts{amounts} }

// unitCosts is --cost of what sends requests: what each of them takes of a unit, as UNIT=N, or N of the only one.
type unitCosts struct{ costs *map[string]int64 }

// maxUnitCost bounds what a request can be said to take.
const maxUnitCost = 1 << 40

// String implements pflag.Value.
func (v unitCosts) String() string {
	if v.costs == nil {
		return ""
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(*v.costs)) {
		parts = append(parts, name+"="+strconv.FormatInt((*v.costs)[name], 10))
	}
	return strings.Join(parts, ",")
}

// Type implements pflag.Value.
func (v unitCosts) Type() string { return "UNIT=N" }

// Set implements pflag.Value.
func (v unitCosts) Set(text string) error {
	unit, number, found := strings.Cut(text, "=")
	if !found {
		unit, number = "", text
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n >= 1 && n <= maxUnitCost) || found && unit == "" {
		return errors.New("must be UNIT=N, such as tokens=350, with N of at least 1")
	}
	if *v.costs == nil {
		*v.costs = make(map[string]int64)
	}
	(*v.costs)[unit] = int64(n)
	return nil
}
