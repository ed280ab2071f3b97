// Package spelling compares names, for errors that propose what was meant.
package spelling

// Distance returns the optimal string alignment distance of a and b: how many bytes to insert, delete, replace or swap
// with their neighbor.
func Distance(a, b string) int {
	if len(a)+len(b) > 200 {
		return len(a) + len(b) // too long for a typing error
	}
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
