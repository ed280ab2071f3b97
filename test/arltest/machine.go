package arltest

import (
	"sync/atomic"
	"testing"
	"time"
)

// WatchMachine tells how late a sleeper woke up at worst: what no program can do anything about.
func WatchMachine(t *testing.T) (stalled func() time.Duration) {
	const nap = 5 * time.Millisecond
	var worst atomic.Int64
	go func() {
		for t.Context().Err() == nil {
			began := time.Now()
			time.Sleep(nap)
			worst.Store(max(worst.Load(), int64(time.Since(began)-nap)))
		}
	}()
	return func() time.Duration { return time.Duration(worst.Load()) }
}
