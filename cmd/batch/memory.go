package batch

import "runtime/debug"

const (
	// outsideHeap is what of --max-memory is not Go's: the program itself, as far as it is read in.
	outsideHeap = 22 << 20 // bytes
	// besideRecords is what a run needs beside its records and responses: connections, learned rates, stacks.
	besideRecords = 16 << 20 // bytes
	// receiveShare is which part of --max-memory an HTTP/2 connection may have received while nobody reads.
	receiveShare = 16
	// leastHeap is what a run needs in any case: with less the collector would do little else than work.
	leastHeap = 24 << 20 // bytes
)

// boundMemory has the process keep to --max-memory, and returns how much of that records and responses may take. The
// rest is for what is not collected yet: the collector works the harder the nearer the bound is. A lower GOMEMLIMIT
// stands.
func boundMemory(most int64) (forRecords int64) {
	heap := max(most-outsideHeap, most/2)
	debug.SetMemoryLimit(min(max(heap, leastHeap), debug.SetMemoryLimit(-1)))
	return max(heap-besideRecords, heap/2) / 4 * 3
}
