package config

import "strconv"

// maxAmount bounds what one request can be said to take of a unit.
const maxAmount = 1 << 40

// wholeNumber reads a positive whole number.
func wholeNumber(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n > 0 && n <= maxAmount
}
