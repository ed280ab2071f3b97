package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A slowDisk takes a time for every sync, and can be full.
type slowDisk struct {
	takes time.Duration
	room  int // bytes; 0 means endless

	mu     sync.Mutex
	text   bytes.Buffer
	synced int // bytes of text
	syncs  int
}

func (d *slowDisk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room > 0 && d.text.Len()+len(p) > d.room {
		return 0, syscall.ENOSPC
	}
	return d.text.Write(p)
}

func (d *slowDisk) Sync() error {
	d.mu.Lock()
	written := d.text.Len()
	d.mu.Unlock()
	time.Sleep(d.takes)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.synced, d.syncs = written, d.syncs+1
	return nil
}

func (d *slowDisk) durable(line []byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Contains(d.text.Bytes()[:d.synced], line)
}

func TestNotesShareSyncs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := &slowDisk{takes: 10 * time.Millisecond}
		j := &journal{file: disk}
		var wait sync.WaitGroup
		for i := range 1000 {
			wait.Go(func() {
				time.Sleep(time.Duration(i%50) * time.Millisecond)
				start, line := time.Now(), fmt.Appendf(nil, "note %d\n", i)
				if err := j.note(t.Context(), line); err != nil {
					t.Error(err)
				}
				if !disk.durable(line) {
					t.Errorf("note %d is not on the disk", i)
				}
				if took := time.Since(start); took > 20*time.Millisecond {
					t.Errorf("note %d took %s, want two syncs at most", i, took)
				}
			})
		}
		wait.Wait()
		if disk.syncs > 7 {
			t.Errorf("%d syncs in 60ms, want at most 7", disk.syncs)
		}
	})
}

func TestNoteGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &journal{file: &slowDisk{takes: time.Hour}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := j.note(ctx, []byte("a\n")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("note = %v, want %v", err, context.DeadlineExceeded)
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestJournalOnAFullDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := &slowDisk{takes: time.Millisecond, room: 20}
		var told atomic.Int64
		j := &journal{file: disk, failed: func(error) { told.Add(1) }}
		failed := 0
		for range 10 {
			if err := j.note(t.Context(), []byte("12345678\n")); errors.Is(err, syscall.ENOSPC) {
				failed++
			} else if err != nil {
				t.Error(err)
			}
		}
		if failed != 8 || told.Load() != 1 {
			t.Errorf("%d notes failed, want 8; told %d times, want once", failed, told.Load())
		}
		if err := j.settle(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("settle = %v, want %v", err, syscall.ENOSPC)
		}
	})
}

func TestTellDoesNotSync(t *testing.T) {
	t.Parallel()
	disk := &slowDisk{}
	j := &journal{file: disk}
	j.tell([]byte("a\n"))
	if err := j.settle(); err != nil || disk.syncs != 0 || disk.text.String() != "a\n" {
		t.Errorf("%v, %d syncs, %q", err, disk.syncs, &disk.text)
	}
}
