package terminal

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// leastRate is the lowest rate that is told from none: one request in about two weeks.
const leastRate = 1e-6

// Rate writes a rate with three digits or, where it is very low, two.
func Rate(perSecond float64) string {
	switch {
	case perSecond <= 0:
		return "-"
	case perSecond < leastRate:
		return "0"
	case perSecond < 0.001: // a few an hour: their digits are far behind the point
		return strconv.FormatFloat(perSecond, 'f', 1-int(math.Floor(math.Log10(perSecond))), 64)
	case perSecond < 1:
		return strconv.FormatFloat(perSecond, 'f', 3, 64)
	case perSecond < 10:
		return strconv.FormatFloat(perSecond, 'f', 2, 64)
	case perSecond < 100:
		return strconv.FormatFloat(perSecond, 'f', 1, 64)
	}
	return strconv.FormatFloat(perSecond, 'f', 0, 64)
}

// Span writes a duration in its two largest units: "350ms", "4.2s", "3m20s", "2h5m", "3d4h".
func Span(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Span(-d)
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%dh", int(d.Hours())/24, int(d.Hours())%24)
}

// Count writes a number with its thousands apart.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// PerSecond writes a rate with its unit, "20.0/s"; one that is not known or zero as "0/s", one of a few in an hour or less
// as "2.00/h".
func PerSecond(rate float64) string {
	switch {
	case rate < leastRate:
		return "0/s"
	case rate < 0.005:
		return Rate(3600*rate) + "/h"
	}
	return Rate(rate) + "/s"
}

// OtherProcesses writes with how many processes something is shared: "1 other process", "2 other processes".
func OtherProcesses(n int) string {
	if n == 1 {
		return "1 other process"
	}
	return Count(int64(n)) + " other processes"
}

// Quantity writes a number of things by the word for one of them: "1 record", "1,234 records".
func Quantity(n int64, word string) string {
	if n != 1 {
		word += "s"
	}
	return Count(n) + " " + word
}
