package batch

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// smallLine is the size up to which the buffer of a result is used again, in bytes. Entries that
// wait for their turn keep theirs, so that larger ones would add up to more than their allowance.
const smallLine = 2 << 10

// buffer returns an empty buffer for a line of about n bytes.
func (e *Engine) buffer(n int64) *[]byte {
	if n <= smallLine {
		if buf, ok := e.buffers.Get().(*[]byte); ok {
			return buf
		}
		n = smallLine / 2
	}
	buf := make([]byte, 0, n)
	return &buf
}

// writeAll writes the results until there will be no more.
func (e *Engine) writeAll() {
	defer close(e.written)
	var entries []*entry
	for {
		if entries = e.sink.take(entries); entries == nil {
			return
		}
		for i, en := range entries {
			e.write(en)
			entries[i] = nil
		}
	}
}

// write writes the result of an entry, if it has one, and ends its account.
func (e *Engine) write(en *entry) {
	n := 0
	if en.line == nil && en.done.Unchanged && en.written != nil {
		en.written()
	}
	if en.line != nil {
		n = e.writeLine(*en.line)
		if n == 0 {
			en.lose()
			e.tally.lost()
		} else if en.written != nil && en.done.Outcome == OK {
			en.written()
		}
		en.done.Result = *en.line
	}
	e.writeFailed(en)
	if e.tally.done(&en.done, n) {
		e.cfg.Observe(&en.done)
	}
	e.forget(en)
	e.budget.Written(&en.hold)
}

// forget lets go of what an entry holds: an idle connection may still know the record.
func (e *Engine) forget(en *entry) {
	if en.line != nil && cap(*en.line) <= smallLine {
		*en.line = (*en.line)[:0]
		e.buffers.Put(en.line)
	}
	en.line, en.raw, en.done.Result = nil, nil, nil
}

// writeLine returns how many bytes it has written: the line or, from the first error on, none.
func (e *Engine) writeLine(line []byte) int {
	if e.mute {
		return 0
	}
	if _, err := e.cfg.Output.Write(line); err != nil {
		e.mute = true
		err = writeError(err)
		e.broken(err)
		e.stop(err)
		return 0
	}
	return len(line)
}

// writeFailed passes a failed record on as it was read, unless its line was too long to be held.
func (e *Engine) writeFailed(en *entry) {
	if en.raw == nil || en.done.Outcome != Failed || e.failedMute {
		return
	}
	text, err := e.headed(en)
	if err == nil {
		_, err = e.cfg.FailedOut.Write(append(text, '\n'))
	}
	if err != nil {
		e.failedMute = true
		e.fail(fmt.Errorf("write failed record: %w", err))
	}
}

// fail stops the run, and has it end with an error even if there is nothing left to stop.
func (e *Engine) fail(err error) {
	e.mu.Lock()
	e.failed = cmp.Or(e.failed, err)
	e.mu.Unlock()
	e.stop(err)
}

// headed returns a failed record, the first one with what precedes the rows of its input: those of a table say nothing
// without their header.
func (e *Engine) headed(en *entry) ([]byte, error) {
	head := e.cfg.Inputs[en.input].Head
	switch {
	case !e.failedBegun:
		e.failedBegun, e.failedHead = true, head
		if head != nil {
			return slices.Concat(head, []byte("\n"), en.raw), nil
		}
	case !bytes.Equal(head, e.failedHead):
		return nil, fmt.Errorf("the columns of %s differ from those of the previous input; run a batch for each, with its own --failed-out", en.done.Input)
	}
	return en.raw, nil
}

// lose notes that nobody will learn that a record was ok.
func (en *entry) lose() {
	if en.done.Outcome == OK {
		en.done.Outcome = Unknown
		en.done.Err = &Error{Kind: KindWrite, Message: "the result could not be written"}
	}
}
