package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// day is what "d" stands for in a duration.
const day = 24 * time.Hour

// parseDuration parses durations as in Go, optionally preceded by days: "90s", "1m30s", "1d", "1d12h".
func parseDuration(s string) (time.Duration, error) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		return duration(s)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration like 30s, 5m or 1d", s)
	}
	if n > uint64(math.MaxInt64/day) {
		return 0, fmt.Errorf("%q is too long", s)
	}
	total := time.Duration(n) * day
	if rest == "" {
		return total, nil
	}
	more, err := duration(rest)
	if err != nil || more < 0 {
		return 0, fmt.Errorf("%q is not a duration like 30s, 5m or 1d", s)
	}
	if total > math.MaxInt64-more {
		return 0, fmt.Errorf("%q is too long", s)
	}
	return total + more, nil
}

func duration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err == nil {
		return d, nil
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return 0, fmt.Errorf("%s needs a unit: %ss, %sm or %sh", s, s, s, s)
	}
	return 0, fmt.Errorf("%q is not a duration like 30s, 5m or 1d", s)
}

// parseWindow parses a documented limit: requests, a slash, and the window they are counted in, "60/1m" or "60/m".
func parseWindow(s string) (limiter.Window, error) {
	count, per, found := strings.Cut(s, "/")
	if !found {
		return limiter.Window{}, fmt.Errorf("%q is not a limit like 60/1m", s)
	}
	n, err := strconv.Atoi(count)
	if err != nil {
		return limiter.Window{}, fmt.Errorf("%q is not a limit like 60/1m: %q is not an integer", s, count)
	}
	if per != "" && !strings.ContainsAny(per[:1], "0123456789.+-") {
		per = "1" + per
	}
	d, err := parseDuration(per)
	if err != nil {
		return limiter.Window{}, fmt.Errorf("%q is not a limit like 60/1m: %w", s, err)
	}
	return limiter.Window{Limit: n, Per: d}, nil
}

// formatDuration is the inverse of parseDuration, without trailing zeros: 1m, not 1m0s.
func formatDuration(d time.Duration) string {
	if d >= day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func formatWindow(w limiter.Window) string {
	return strconv.Itoa(w.Limit) + "/" + formatDuration(w.Per)
}

// parseSize reads a number of bytes: "1GiB", "512MiB", "64k".
func parseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "kKmMgGiIbB")
	unit := strings.TrimSuffix(strings.ToLower(s[len(digits):]), "b")
	factor, ok := map[string]int64{"": 1, "k": 1 << 10, "ki": 1 << 10, "m": 1 << 20, "mi": 1 << 20, "g": 1 << 30, "gi": 1 << 30}[unit]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !ok || n <= 0 || n > (1<<50)/factor {
		return 0, fmt.Errorf("%q is not a size like 1GiB", s)
	}
	return n * factor, nil
}
