package config

import (
	"fmt"
	"strconv"
	"strings"
)

// A Share is the part of each limit that a process keeps to, in (0, 1]; 0 means all.
type Share float64

// ParseShare parses a share such as 50%.
func ParseShare(s string) (Share, error) {
	number, found := strings.CutSuffix(s, "%")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !found || !(n > 0 && n <= 100) {
		return 0, fmt.Errorf("%q is not a share such as 50%%, above 0%% and at most 100%%", s)
	}
	return Share(n / 100), nil
}

// String is the inverse of ParseShare.
func (s Share) String() string {
	if s == 0 {
		return ""
	}
	return strconv.FormatFloat(100*float64(s), 'g', 12, 64) + "%"
}
