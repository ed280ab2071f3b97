package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// DurationValue is a flag that is a number of seconds, as with curl, or a duration with units.
type DurationValue time.Duration

// String implements pflag.Value.
func (v *DurationValue) String() string {
	if *v == 0 {
		return "0"
	}
	if d, day := time.Duration(*v), 24*time.Hour; d > day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := time.Duration(*v).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// Type implements pflag.Value.
func (v *DurationValue) Type() string { return "DURATION" }

// Set implements pflag.Value.
func (v *DurationValue) Set(s string) error {
	d, err := ParseDuration(s)
	if err == nil {
		*v = DurationValue(d)
	}
	return err
}

// ParseDuration reads a duration as curl writes it, "5" and "2.5" seconds, as Go does, "500ms" and "1m30s", and days
// before that: "1d", "1d12h".
func ParseDuration(s string) (time.Duration, error) {
	if strings.Trim(s, "-+.0123456789") == "" {
		return seconds(s)
	}
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "0", s
	}
	n, err := strconv.ParseUint(days, 10, 16)
	d, other := time.Duration(0), error(nil)
	if rest != "" {
		d, other = time.ParseDuration(rest)
	}
	switch whole := time.Duration(n) * 24 * time.Hour; {
	case err != nil || other != nil || found && d < 0:
		return 0, fmt.Errorf("%q is not a duration such as 5 (seconds), 2.5, 500ms, 1m30s or 1d", s)
	case n > math.MaxInt64/uint64(24*time.Hour) || d > math.MaxInt64-whole:
		return 0, fmt.Errorf("%q is too long", s)
	default:
		return whole + d, nil
	}
}

// seconds reads a number of seconds. One that is not 0 is no duration of 0, which means that there is no bound.
func seconds(s string) (time.Duration, error) {
	n, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a number of seconds", s)
	case math.Abs(n) > math.MaxInt64/1e9:
		return 0, fmt.Errorf("%q is too long", s)
	case n > 0:
		return max(1, time.Duration(n*float64(time.Second))), nil
	}
	return time.Duration(n * float64(time.Second)), nil
}
