package cli

import "testing"

func TestSizeFlag(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"1": 1, "500k": 500 << 10, "64MiB": 64 << 20, "1G": 1 << 30, "2gb": 2 << 30} {
		var v SizeValue
		if err := v.Set(in); err != nil || int64(v) != want {
			t.Errorf("Set(%q) = %v, %v, want %v", in, int64(v), err, want)
		}
	}
	for _, bad := range []string{"", "MiB", "-1", "0", "1T", "1.5G", "9999999999G"} {
		var v SizeValue
		if v.Set(bad) == nil {
			t.Errorf("Set(%q) = %v, want an error", bad, int64(v))
		}
	}
}
