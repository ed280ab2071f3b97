package send

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/jobs"
	"github.com/arl-cli/arl/internal/sendctx"
)

// A recordJob is the job that a record has begun, as the engine keeps it between polls.
type recordJob struct {
	*jobs.Job

	total sendctx.Report // of all requests for the record
}

// needWhole reports whether a response may have to be known whole to tell whether it accepts a job.
func needWhole(polls []config.CompiledPoll) bool {
	return slices.ContainsFunc(polls, func(p config.CompiledPoll) bool { return p.URL.JSON != nil })
}

// acceptJob looks whether a response accepts a job. If it does, that is noted durably, and the record is to be asked for
// later.
func (s *Sender) acceptJob(ctx context.Context, c *apiclient.Client, way *sending, polls []config.CompiledPoll, from *url.URL, a *batch.Answer) error {
	r := way.record
	seen := &jobs.Response{Method: r.Method, URL: from, Status: a.Status, Header: a.Header, Body: a.Body}
	job, after, err := jobs.Accept(ctx, c.Profile(), polls, seen, time.Now())
	if job == nil && err == nil {
		return way.fit(ctx, a)
	}
	if err != nil {
		a.Job = &batch.Job{Status: a.Status}
		return err
	}
	r.Job = &batch.Job{URL: keptURL(c, job.URL), Status: job.Status, State: &recordJob{Job: job}}
	a.Job = r.Job
	if s.Notes != nil && r.Job.URL != "" {
		if err := s.Notes.Accept(ctx, r, r.Job); err != nil {
			return &notNotedError{err}
		}
	}
	a.Later = &batch.Later{Job: r.Job, After: after}
	return nil
}

// fit brings a body that was held whole to where the results have room for it.
func (s *sending) fit(ctx context.Context, a *batch.Answer) error {
	if !s.whole || a.Status >= http.StatusBadRequest || int64(len(a.Body)) <= s.record.Inline() {
		return nil
	}
	text := bytes.Clone(a.Body)
	var err error
	a.Body, err = s.record.Read(ctx, bytes.NewReader(text), int64(len(text)))
	if errors.Is(err, batch.ErrNotKept) {
		err = nil // the engine says so
	}
	return err
}

// keptURL is the URL of a job as it may be kept: a credential that the client adds by itself is left out. It is empty if
// there is still a secret in it.
func keptURL(c *apiclient.Client, u *url.URL) string {
	text := u.String()
	if c.Redact(text) == text {
		return text
	}
	bare := *u
	query := bare.Query()
	for name, values := range query {
		for _, value := range values {
			if c.Redact(value) != value {
				query.Del(name)
			}
		}
	}
	bare.RawQuery = query.Encode()
	if text = bare.String(); c.Redact(text) != text {
		return ""
	}
	return text
}

// pollJob asks once for the state of the job that a record has begun.
func (s *Sender) pollJob(ctx context.Context, c *apiclient.Client, way *sending, polls []config.CompiledPoll, a *batch.Answer) error {
	a.Job = way.record.Job
	job, err := resumedJob(c, a.Job, polls)
	if err != nil {
		return err
	}
	ctx = fetch.PollContext(ctx)
	way.whole = true
	req, err := c.NewRequestAt(ctx, job.URL, way.request)
	if err != nil {
		return err
	}
	from, err := receiveInto(c, req, a)
	if err != nil {
		return err
	}
	step, err := job.Take(ctx, &jobs.Response{URL: from, Status: a.Status, Header: a.Header, Body: a.Body}, time.Now())
	a.Job.Polls = job.Polls
	switch {
	case failure.Is[*jobs.StateError](err):
		return nil // the status says it
	case err != nil:
		return err
	case !step.Done:
		a.Later = &batch.Later{Job: a.Job, After: step.After}
		return nil
	case step.Result == nil:
		return way.fit(ctx, a)
	}
	way.whole = false
	way.record.Release()
	if req, err = c.NewRequestAt(ctx, step.Result, way.request); err != nil {
		return err
	}
	_, err = receiveInto(c, req, a)
	return err
}

// resumedJob is the job of a record: that of this run, or what an earlier one has written down.
func resumedJob(c *apiclient.Client, kept *batch.Job, polls []config.CompiledPoll) (*recordJob, error) {
	if job, ok := kept.State.(*recordJob); ok {
		return job, nil
	}
	job, err := jobs.Resume(c.Profile(), polls, kept.URL, kept.Status, time.Now())
	if err != nil {
		return nil, err
	}
	kept.State = &recordJob{Job: job}
	return kept.State.(*recordJob), nil
}

// job makes of what one exchange took what all those of its job did.
func (s *sending) job(a *batch.Answer) {
	if a.Job == nil {
		return
	}
	j, ok := a.Job.State.(*recordJob)
	if !ok {
		return
	}
	j.total.Add(&a.Report)
	a.Report = j.total
}

// endUnclear reports whether a job was accepted whose end nobody knows: the record must not be sent again. One that the
// server says has failed may be.
func endUnclear(a *batch.Answer) bool {
	if a.Job == nil || a.Later != nil {
		return false
	}
	if a.Err == nil {
		return a.Status >= http.StatusBadRequest || a.Throttled
	}
	return a.Err.Kind != batch.KindJob && a.Err.Kind != batch.KindCancelled
}
