package session

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// CostValue is --cost: how much of a limit one request counts for, as UNIT=N or N for requests.
type CostValue int

// String implements pflag.Value.
func (v *CostValue) String() string { return strconv.Itoa(int(*v)) }

// Type implements pflag.Value.
func (v *CostValue) Type() string { return "COST" }

// Set implements pflag.Value.
func (v *CostValue) Set(s string) error {
	number, err := CostNumber(s)
	if err != nil {
		return err
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n > 0) || n > math.MaxInt32 {
		return fmt.Errorf("%q is not a cost such as 3", s)
	}
	*v = CostValue(math.Ceil(n))
	return nil
}

// CostNumber takes the unit from a cost. Limits count requests only; a cost in another unit is an error.
func CostNumber(s string) (string, error) {
	unit, number, found := strings.Cut(s, "=")
	switch {
	case !found:
		return s, nil
	case unit != "requests":
		return "", fmt.Errorf("unknown unit %q: the limits of this profile count requests", unit)
	}
	return number, nil
}
