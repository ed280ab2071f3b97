package arltest

import (
	"strconv"
	"strings"
)

// Records returns n lines of a batch: the format, with the number of the record where it says %d.
func Records(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Replace(format, "%d", strconv.Itoa(i), 1) + "\n")
	}
	return b.String()
}
