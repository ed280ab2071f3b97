package headers

import (
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// noon is the Date of the answers in these tests.
func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

func TestParseWait(t *testing.T) {
	t.Parallel()
	const s, ms = time.Second, time.Millisecond
	tests := []struct {
		value string
		unit  time.Duration
		want  wait
	}{
		{"7", s, wait{Duration: 7 * s}},
		{" 7 ", s, wait{Duration: 7 * s}},
		{`"7"`, s, wait{Duration: 7 * s}},
		{"+7", s, wait{Duration: 7 * s}},
		{"7.0", s, wait{Duration: 7 * s}},
		{"7.25", s, wait{Duration: 7250 * ms, exact: true}},
		{"0.1", s, wait{Duration: 100 * ms, exact: true}},
		{"1e3", s, wait{Duration: 1000 * s}},
		{"-0", s, wait{}},
		{"2500", ms, wait{Duration: 2500 * ms, exact: true}},
		{"1795521610", s, wait{Duration: 10 * s}},
		{"1795521599", s, wait{past: true}},
		{"1795521610.25", s, wait{Duration: 10250 * ms, exact: true}},
		{"1795521610250", s, wait{Duration: 10250 * ms, exact: true}},
		{"1795521610250", ms, wait{Duration: 10250 * ms, exact: true}},
		{"2000000000", ms, wait{Duration: 2000000 * s, exact: true}}, // 23 days
		{"1.795521610e9", s, wait{Duration: 10 * s}},
		{"6m0s", s, wait{Duration: 6 * time.Minute, exact: true}},
		{"1h2m3.5s", s, wait{Duration: time.Hour + 2*time.Minute + 3500*ms, exact: true}},
		{"120ms", s, wait{Duration: 120 * ms, exact: true}},
		{"1h", s, wait{Duration: time.Hour, exact: true}},
		{"2026-11-24T12:00:10Z", s, wait{Duration: 10 * s}},
		{"2026-11-24T13:00:10+01:00", s, wait{Duration: 10 * s}},
		{"2026-11-24T12:00:10.250Z", s, wait{Duration: 10250 * ms, exact: true}},
		{"2026-11-24T12:01Z", s, wait{Duration: time.Minute}},
		{"2026-11-24T12:00:10", s, wait{Duration: 10 * s}},
		{"Tue, 24 Nov 2026 12:00:10 GMT", s, wait{Duration: 10 * s}}, // toUTCString too
		{"Tue, 24 Nov 2026 13:00:10 +0100", s, wait{Duration: 10 * s}},
		{"Tuesday, 24-Nov-26 12:00:10 GMT", s, wait{Duration: 10 * s}},
		{"Tue Nov 24 12:00:10 2026", s, wait{Duration: 10 * s}},
		{"Tue Nov 24 2026 12:00:10 GMT+0000 (Coordinated Universal Time)", s, wait{Duration: 10 * s}},
		{"Tue Nov 24 2026 13:00:10 GMT+0100 (Central European Standard Time)", s, wait{Duration: 10 * s}},
		{"Tue Nov 24 2026 12:00:10 GMT+0000", s, wait{Duration: 10 * s}},
		{"Tue, 24 Nov 2026 11:00:00 GMT", s, wait{past: true}},
		{"2678400", s, wait{Duration: pacing.MaxPause}},
		{"1795521610250000", s, wait{Duration: 10250 * ms, exact: true}},
		{"1795521610250000000", s, wait{Duration: 10250 * ms, exact: true}},
		{"1795521610250000000", ms, wait{Duration: 10250 * ms, exact: true}},
		{"999999999999999", s, wait{past: true, exact: true}}, // microseconds, 2001
		{"1500", time.Microsecond, wait{Duration: 1500 * time.Microsecond, exact: true}},
		{"3000000000", time.Nanosecond, wait{Duration: 3 * s, exact: true}},
		{"2", time.Minute, wait{Duration: 2 * time.Minute}},
		{"5 s", s, wait{Duration: 5 * s}},
		{"30 seconds", s, wait{Duration: 30 * s}},
		{"30 seconds", ms, wait{Duration: 30 * s}},
		{"3.5s", s, wait{Duration: 3500 * ms, exact: true}},
		{"3.5 Seconds", s, wait{Duration: 3500 * ms, exact: true}},
		{"2 MIN", s, wait{Duration: 2 * time.Minute}},
		{"1 day, 2 hrs and 3 minutes", s, wait{Duration: 26*time.Hour + 3*time.Minute}},
		{"1w", s, wait{Duration: 7 * 24 * time.Hour, exact: true}},
		{"PT30S", s, wait{Duration: 30 * s, exact: true}},
		{"P1DT2H", s, wait{Duration: 26 * time.Hour, exact: true}},
		{"250µs", s, wait{Duration: 250 * time.Microsecond, exact: true}},
		{"'7'", s, wait{Duration: 7 * s}},
		{"2026-11-24 12:00:10", s, wait{Duration: 10 * s}},
		{"2026-11-24 12:00:10 UTC", s, wait{Duration: 10 * s}},
		{"2026-11-24 13:00:10 +0100", s, wait{Duration: 10 * s}},
		{"2026-11-24 12:00:10 +0000 UTC", s, wait{Duration: 10 * s}},
		{"2026-11-24T13:00:10+0100", s, wait{Duration: 10 * s}},
		{"Tue, 24 Nov 2026 12:00:10 UTC", s, wait{Duration: 10 * s}},
	}
	for _, tt := range tests {
		c := clock{now: noon()}
		if got, ok := c.parse(tt.value, tt.unit); !ok || got != tt.want {
			t.Errorf("parse(%q, %v) = %+v, %v, want %+v", tt.value, tt.unit, got, ok, tt.want)
		}
	}
}

func TestParseNoWait(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"", " ", `"`, "soon", "NaN", "Inf", "+Inf", "-Inf", "-5", "-6m", "2678401", "745h", "9999999999",
		"99999999999999", "9999999999999999", "9223372036854775808", "1e400", "-1e400", "e5", "E", "-", "+", ".", "--1", "1.2.3",
		"0x10", "1_000", "5 parsecs", "5 s 3", "3s 2m", "3s2s", "P1M", "P1Y2M", "PT", "s", "9s9", "9999999h", "2562047h48m", "2027-11-24T12:00:00Z", "2026-11-24", "12:00:10",
		"Tue, 24 Nov 2027 12:00:00 GMT", "Tue Nov 24 12:00:10 UTC 2026 (", " (", "1, 1", "\x00", "٣",
	} {
		c := clock{now: noon()}
		if got, ok := c.parse(value, time.Second); ok {
			t.Errorf("parse(%q) = %+v, want none", value, got)
		}
	}
}

// Whatever is sent, a wait is within 31 days.
func FuzzParseWait(f *testing.F) {
	for _, value := range []string{
		"3", "-1", "1e308", "1795521610.25", "1795521610250", "6m0s", "2026-11-24T12:01Z", "Tue Nov 24 2026 12:00:10 GMT+0000 (X)",
		"Tue, 24 Nov 2026 12:00:10 GMT", "Tuesday, 24-Nov-26 12:00:10 GMT", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2562047h47m16s",
	} {
		f.Add(value, int64(time.Second))
		f.Add(value, int64(time.Millisecond))
	}
	f.Fuzz(func(t *testing.T, value string, unit int64) {
		c := clock{now: noon()}
		if unit != int64(time.Millisecond) {
			unit = int64(time.Second)
		}
		w, ok := c.parse(value, time.Duration(unit))
		if ok && (w.Duration < 0 || w.Duration > pacing.MaxPause || w.past && w.Duration != 0) {
			t.Errorf("parse(%q) = %+v, want a wait within 31 days", value, w)
		}
	})
}
