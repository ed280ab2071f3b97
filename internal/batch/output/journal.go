package output

import (
	"context"
	"os"
	"sync"
)

// A journal appends notes to a file, and waits for the disk: many of them at once. It is safe for use
// by many goroutines.
type journal struct {
	file   syncWriter
	failed func(error) // told of the first error, once

	mu      sync.Mutex
	next    *commit // what is being gathered; nil if nothing is
	writing bool    // a goroutine is at work, and will take what is next
	err     error   // the first one; nothing is written after it
}

// syncWriter is what a journal needs of its file.
type syncWriter interface {
	Write(p []byte) (int, error)
	Sync() error
}

var _ syncWriter = (*os.File)(nil)

// A commit is the notes that go to the disk together.
type commit struct {
	text    []byte
	durable bool // somebody waits for the disk
	done    chan struct{}
	err     error // valid when done is closed
}

// note appends a line and waits until it is on the disk. While one commit is being synced the next one
// is gathered, so a note waits for two syncs at most, however many there are.
func (j *journal) note(ctx context.Context, line []byte) error {
	c := j.add(line, true)
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tell appends a line that may be lost.
func (j *journal) tell(line []byte) { j.add(line, false) }

func (j *journal) add(line []byte, durable bool) *commit {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.next == nil {
		j.next = &commit{done: make(chan struct{})}
	}
	c := j.next
	c.text = append(c.text, line...)
	c.durable = c.durable || durable
	if !j.writing {
		j.writing = true
		go j.work()
	}
	return c
}

// work writes commits until there are no more.
func (j *journal) work() {
	for c, err := j.take(); c != nil; c, err = j.take() {
		if err == nil {
			err = j.write(c)
		}
		c.err = err
		j.keep(err)
		close(c.done)
	}
}

func (j *journal) take() (*commit, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.next
	j.next = nil
	j.writing = c != nil
	return c, j.err
}

func (j *journal) write(c *commit) error {
	if _, err := j.file.Write(c.text); err != nil {
		return err
	}
	if !c.durable {
		return nil
	}
	return j.file.Sync()
}

// keep remembers the first error.
func (j *journal) keep(err error) {
	if err == nil {
		return
	}
	j.mu.Lock()
	first := j.err == nil
	j.err = err
	j.mu.Unlock()
	if first && j.failed != nil {
		j.failed(err)
	}
}

// settle waits until all that was added is written, and returns the first error.
func (j *journal) settle() error {
	<-j.add(nil, false).done
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}
