package memory

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// A collector has the garbage collected before something large is allocated that would not fit beside it. Go's own
// collector begins when a bound is near, and what is allocated while it is at work comes on top.
type collector struct{ mu sync.Mutex }

// largeBytes is from which size on the collector looks. Of what is smaller Go's own has control.
const largeBytes = 1 << 20

// before is called before n bytes are allocated.
func (c *collector) before(n int64) {
	if n < largeBytes {
		return
	}
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if used() > limit/4*3-n {
		runtime.GC()
	}
}

// used is how many bytes the heap has in objects, dead ones included.
func used() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64()) //nolint:gosec // of this machine's memory
}
