package cli

import (
	"strings"
	"testing"
	"time"
)

func TestDurations(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		"5": 5 * time.Second, "5s": 5 * time.Second, "2.5": 2500 * time.Millisecond, ".5": time.Second / 2, "0": 0, "0s": 0,
		"500ms": time.Second / 2, "1m30s": 90 * time.Second, "1d": 24 * time.Hour, "1d12h": 36 * time.Hour, "+5": 5 * time.Second,
		"0.0000000001": 1, "-5": -5 * time.Second, "-5s": -5 * time.Second, "90": 90 * time.Second, "000": 0,
	} {
		var v DurationValue
		if err := v.Set(in); err != nil || time.Duration(v) != want {
			t.Errorf("%q is %v (%v), want %v", in, time.Duration(v), err, want)
		}
	}
	for in, want := range map[string]string{
		"": "is not a number of seconds", "5x": "is not a duration such as", "x": "is not a duration", "1e3": "is not a duration", "1 s": "is not a duration",
		"NaN": "is not a duration", "1.2.3": "is not a number", "99999999999": "is too long", "1000000d": "is not a duration",
		"60000d": "", "200000h": "", "d": "is not a duration", "1d-1h": "is not a duration", "0x10": "is not a duration", "5sd": "is not a duration",
	} {
		var v DurationValue
		if err := v.Set(in); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want an error with %q", in, err, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0", 15 * time.Minute: "15m", time.Hour: "1h", 90 * time.Second: "1m30s", time.Second / 2: "500ms", 10 * time.Second: "10s", 90 * 24 * time.Hour: "90d",
	} {
		v := DurationValue(d)
		if got := v.String(); got != want {
			t.Errorf("%v is shown as %q, want %q", d, got, want)
		}
		var again DurationValue
		if err := again.Set(v.String()); err != nil || again != v {
			t.Errorf("%q is read as %v (%v)", v.String(), again, err)
		}
	}
}
