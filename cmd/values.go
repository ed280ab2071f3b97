package cmd

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/arl-cli/arl/internal/batch"
)

// whenValue is a flag that is auto, always or never.
type whenValue string

// String implements pflag.Value.
func (v *whenValue) String() string { return string(*v) }

// Type implements pflag.Value.
func (v *whenValue) Type() string { return "WHEN" }

// Set implements pflag.Value.
func (v *whenValue) Set(s string) error {
	if s != "auto" && s != "always" && s != "never" {
		return fmt.Errorf("%q is not auto, always or never", s)
	}
	*v = whenValue(s)
	return nil
}

// sizeValue is a flag such as 64MiB, 1G, 500k, in bytes.
type sizeValue int64

// String implements pflag.Value.
func (v *sizeValue) String() string {
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
func (v *sizeValue) Type() string { return "SIZE" }

// inlineValue is such a flag that may be 0.
type inlineValue int64

// String implements pflag.Value.
func (v *inlineValue) String() string { return (*sizeValue)(v).String() }

// Type implements pflag.Value.
func (v *inlineValue) Type() string { return "SIZE" }

// Set implements pflag.Value.
func (v *inlineValue) Set(s string) error {
	if s == "0" {
		*v = 0
		return nil
	}
	return (*sizeValue)(v).Set(s)
}

// Set implements pflag.Value.
func (v *sizeValue) Set(s string) error {
	digits := strings.TrimRight(s, "kKmMgGiIbB")
	unit := strings.ToLower(strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(s, digits)), "b"))
	factor, ok := map[string]int64{"": 1, "k": 1 << 10, "ki": 1 << 10, "m": 1 << 20, "mi": 1 << 20, "g": 1 << 30, "gi": 1 << 30}[unit]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !ok || n <= 0 || n > (1<<50)/factor {
		return fmt.Errorf("%q is not a size such as 64MiB", s)
	}
	*v = sizeValue(n * factor)
	return nil
}

// shardValue is a flag such as 3/8.
type shardValue batch.Shard

// String implements pflag.Value.
func (v *shardValue) String() string { return (*batch.Shard)(v).String() }

// Type implements pflag.Value.
func (v *shardValue) Type() string { return "K/N" }

// Set implements pflag.Value.
func (v *shardValue) Set(s string) error {
	shard, err := batch.ParseShard(s)
	*v = shardValue(shard)
	return err
}
