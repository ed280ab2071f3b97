package cli

import (
	"fmt"
	"strconv"
	"strings"
)

// WhenValue is a flag that is auto, always or never.
type WhenValue string

// String implements pflag.Value.
func (v *WhenValue) String() string { return string(*v) }

// Type implements pflag.Value.
func (v *WhenValue) Type() string { return "WHEN" }

// Set implements pflag.Value.
func (v *WhenValue) Set(s string) error {
	if s != "auto" && s != "always" && s != "never" {
		return fmt.Errorf("%q is not auto, always or never", s)
	}
	*v = WhenValue(s)
	return nil
}

// StringsValue is a flag that may be repeated. Pflag's own writes its empty default as CSV, through 4 KiB for each such
// flag at every start.
type StringsValue []string

// String implements pflag.Value.
func (v *StringsValue) String() string { return strings.Join(*v, " ") }

// Type implements pflag.Value. Completions offer a flag of this type again.
func (v *StringsValue) Type() string { return "stringArray" }

// Set implements pflag.Value.
func (v *StringsValue) Set(s string) error {
	*v = append(*v, s)
	return nil
}

// SizeValue is a flag such as 64MiB, 1G, 500k, in bytes.
type SizeValue int64

// String implements pflag.Value.
func (v *SizeValue) String() string {
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if int64(*v) >= unit.bytes && int64(*v)%unit.bytes == 0 {
			return strconv.FormatInt(int64(*v)/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(*v), 10)
}

// Type implements pflag.Value.
func (v *SizeValue) Type() string { return "SIZE" }

// InlineValue is such a flag that may be 0.
type InlineValue int64

// String implements pflag.Value.
func (v *InlineValue) String() string { return (*SizeValue)(v).String() }

// Type implements pflag.Value.
func (v *InlineValue) Type() string { return "SIZE" }

// Set implements pflag.Value.
func (v *InlineValue) Set(s string) error {
	if s == "0" {
		*v = 0
		return nil
	}
	return (*SizeValue)(v).Set(s)
}

// Set implements pflag.Value.
func (v *SizeValue) Set(s string) error {
	digits := strings.TrimRight(s, "kKmMgGiIbB")
	unit := strings.ToLower(strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(s, digits)), "b"))
	factor, ok := map[string]int64{"": 1, "k": 1 << 10, "ki": 1 << 10, "m": 1 << 20, "mi": 1 << 20, "g": 1 << 30, "gi": 1 << 30}[unit]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !ok || n <= 0 || n > (1<<50)/factor {
		return fmt.Errorf("%q is not a size such as 64MiB", s)
	}
	*v = SizeValue(n * factor)
	return nil
}
