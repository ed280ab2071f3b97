package output

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/arl-cli/arl/internal/batch"
)

// outstanding are the notes of a journal that have no result.
type outstanding struct {
	lines [][]byte            // in order, without their ends; nil if settled meanwhile
	at    map[batch.Place]int // where in lines
	again [][]byte            // notes whose result is there, and will be taken away
	size  int64               // of all whole lines, in bytes
}

// readNotes reads the notes behind a journal's header. past is nil if there is no output. A torn last
// line is a note that nobody waited for.
func readNotes(r io.Reader, past *batch.Past) (*outstanding, error) {
	o := &outstanding{at: map[batch.Place]int{}}
	in := bufio.NewReaderSize(r, 256<<10)
	for n := 2; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return o, nil
		}
		if err != nil {
			return nil, err
		}
		o.size += int64(len(line))
		line = bytes.TrimSuffix(line, []byte("\n"))
		note, ok := batch.ParseNote(line)
		if !ok {
			return nil, fmt.Errorf("line %d is not a note", n)
		}
		o.add(&note, line, past)
	}
}

func (o *outstanding) add(note *batch.Result, line []byte, past *batch.Past) {
	place := note.Place()
	at, there := o.at[place]
	switch {
	case note.Settled && there:
		o.lines[at] = nil
		delete(o.at, place)
	case note.Settled || there:
	case past != nil && past.Known.Answered(note):
	case past != nil && has(past.Failed, place):
		o.again = append(o.again, line)
	default:
		o.at[place] = len(o.lines)
		o.lines = append(o.lines, line)
	}
}

func has[K comparable](set map[K]struct{}, key K) bool {
	_, ok := set[key]
	return ok
}

// results are the results of the notes, which were found at some time, and what they say of their records.
func (o *outstanding) results(at time.Time) (text []byte, each []batch.Result) {
	for _, line := range o.lines {
		if line == nil {
			continue
		}
		result := batch.UnknownResult(line, at)
		text = append(text, result...)
		if r, ok := batch.ParseResult(bytes.TrimSuffix(result, []byte("\n"))); ok {
			each = append(each, r)
		}
	}
	return text, each
}

// settled takes the notes of failed results back.
func (o *outstanding) settled() (text []byte) {
	for _, line := range o.again {
		text = append(text, `{"settled":true,`...)
		text = append(append(text, line[1:]...), '\n')
	}
	return text
}
