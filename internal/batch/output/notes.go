package output

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/batch/resume"
)

// outstanding are the notes of a journal that have no result.
type outstanding struct {
	lines [][]byte                       // in order, without their ends; nil if settled meanwhile
	at    map[resume.Place]int           // where in lines
	jobs  map[resume.Place]resume.Result // jobs that were accepted, of records without a result
	again [][]byte                       // notes whose result is there, and will be taken away
	size  int64                          // of all whole lines, in bytes
}

// readNotes reads the notes behind a journal's header. past is nil if there is no output. A torn last
// line is a note that nobody waited for.
func readNotes(r io.Reader, past *resume.Past) (*outstanding, error) {
	o := &outstanding{at: map[resume.Place]int{}, jobs: map[resume.Place]resume.Result{}}
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
		note, ok := resume.ParseNote(line)
		if !ok {
			return nil, fmt.Errorf("line %d is not a note", n)
		}
		o.add(&note, line, past)
	}
}

func (o *outstanding) add(note *resume.Result, line []byte, past *resume.Past) {
	place := note.Place()
	at, there := o.at[place]
	if note.Settled || note.Job != nil {
		delete(o.jobs, place)
		if there {
			o.lines[at] = nil
			delete(o.at, place)
		}
	}
	switch {
	case note.Settled || there && note.Job == nil:
	case past != nil && past.Known.Answered(note):
	case past != nil && has(past.Failed, place):
		o.again = append(o.again, line)
	case note.Job != nil:
		o.jobs[place] = resume.Result{ID: bytes.Clone(note.ID), SHA256: note.SHA256, Occurrence: note.Occurrence, Reused: note.Reused, Job: note.Job}
	default:
		delete(o.jobs, place) // sent once more
		o.at[place] = len(o.lines)
		o.lines = append(o.lines, line)
	}
}

func has[K comparable](set map[K]struct{}, key K) bool {
	_, ok := set[key]
	return ok
}

// results are the results of the notes, which were found at some time, and what they say of their records.
func (o *outstanding) results(at time.Time) (text []byte, each []resume.Result) {
	for _, line := range o.lines {
		if line == nil {
			continue
		}
		result := batch.UnknownResult(line, at)
		text = append(text, result...)
		if r, ok := resume.ParseResult(bytes.TrimSuffix(result, []byte("\n"))); ok {
			each = append(each, r)
		}
	}
	return text, each
}

// tell tells what is known of the results that were made of notes, and of the jobs.
func (o *outstanding) tell(known *resume.Known, results []resume.Result) {
	for i := range results {
		known.Add(&results[i])
	}
	for _, job := range o.jobs {
		known.AddJob(&job)
	}
}

// addJobs takes in the jobs of results that are about to go, and returns what the journal does not say of them yet.
func (o *outstanding) addJobs(past *resume.Past) (text []byte) {
	for i := range past.Jobs {
		r := &past.Jobs[i]
		if _, there := o.jobs[r.Place()]; !there {
			text = batch.AppendAccepted(text, &batch.Request{Request: record.Request{ID: r.ID, SHA256: r.SHA256, Occurrence: r.Occurrence, Reused: r.Reused}}, r.Job)
		}
		if o.jobs == nil {
			o.jobs = map[resume.Place]resume.Result{}
		}
		o.jobs[r.Place()] = *r
		if at, there := o.at[r.Place()]; there {
			o.lines[at] = nil
		}
	}
	return text
}

// settled takes the notes of failed results back.
func (o *outstanding) settled() (text []byte) {
	for _, line := range o.again {
		text = append(text, `{"settled":true,`...)
		text = append(append(text, line[1:]...), '\n')
	}
	return text
}
