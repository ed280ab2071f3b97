package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/jobs"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
)

// Jobs says what becomes of a response that accepts a job which finishes later.
type Jobs int

// What becomes of jobs.
const (
	JobsAsProfile Jobs = iota // those that the profile knows: a batch waits for them, a single request only names them
	JobsAwaited               // every response with 202 accepts one, and its end is waited for
	JobsLeft                  // the response is passed on as it is
)

// Polls returns how a response to a request may accept a job.
func (how Jobs) Polls(c *apiclient.Client, req *http.Request) []config.CompiledPoll {
	if how == JobsLeft {
		return nil
	}
	polls := c.Polls(req)
	if len(polls) == 0 && how == JobsAwaited {
		accepted := config.AcceptedJob()
		polls = append(polls, accepted.Compile())
	}
	return polls
}

// PollContext is the context of the polls of a job. They can wait: whatever is sent for the first time goes first.
func PollContext(ctx context.Context) context.Context {
	call := sendctx.Of(ctx)
	call.Uncached, call.Priority = true, limiter.PriorityLow
	return call.In(ctx)
}

// A JobError says that a job was accepted, and why nothing is known of its end.
type JobError struct {
	URL string // of its state, without secrets; empty if the server did not say
	Err error
}

// Error implements error.
func (e *JobError) Error() string {
	if e.URL == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("the job at %s: %v", e.URL, e.Err)
}

// Unwrap returns the cause.
func (e *JobError) Unwrap() error { return e.Err }

// awaitJob waits for the end of the job that a response accepts, if it accepts one and that is asked for, and returns the
// response that is its result.
func (o *Options) awaitJob(c *apiclient.Client, req *http.Request, resp *http.Response, res *Result) (*http.Response, error) {
	polls := o.Jobs.Polls(c, req)
	if len(polls) == 0 {
		return resp, nil
	}
	seen, err := seenOf(resp, jobs.NeedsBody(polls, resp.StatusCode))
	if err != nil {
		return resp, err
	}
	ctx := req.Context()
	job, after, err := jobs.Accept(ctx, c.Profile(), polls, seen, time.Now())
	if job == nil && err == nil {
		return resp, nil
	}
	if o.Jobs == JobsAsProfile {
		if job != nil {
			res.Job = c.Redact(job.URL.String())
		}
		return resp, nil
	}
	if err != nil {
		return resp, &JobError{Err: err}
	}
	res.Job = c.Redact(job.URL.String())
	if o.Accepted != nil {
		o.Accepted(res.Job)
	}
	if err := release(resp); err != nil {
		return resp, &JobError{URL: res.Job, Err: err}
	}
	w := &jobWatch{client: c, first: req, job: job}
	last, err := w.wait(PollContext(ctx), after)
	if last == nil {
		last = resp
	} else {
		resp.Body.Close()
	}
	switch {
	case failure.Is[*jobs.FailedError](err):
		res.JobFailed, err = true, nil
	case err != nil:
		err = &JobError{URL: c.Redact(job.URL.String()), Err: err}
	}
	return last, err
}

// A jobWatch asks for the state of a job until that has ended.
type jobWatch struct {
	client *apiclient.Client
	first  *http.Request
	job    *jobs.Job
	last   *http.Response
}

// wait returns the response that is the result of the job. With an error it is the last one, if any came.
func (w *jobWatch) wait(ctx context.Context, after time.Duration) (*http.Response, error) {
	for {
		if err := sleep(ctx, after); err != nil {
			return w.last, err
		}
		step, err := w.poll(ctx)
		if err != nil || step.Done && step.Result == nil {
			return w.last, err
		}
		if err := release(w.last); err != nil {
			return w.last, err
		}
		if step.Done {
			req, err := w.client.NewRequestAt(ctx, step.Result, w.first)
			if err != nil {
				return w.last, err
			}
			resp, err := w.client.Do(req)
			return w.took(resp), err
		}
		after = step.After
	}
}

// poll asks once.
func (w *jobWatch) poll(ctx context.Context) (jobs.Step, error) {
	req, err := w.client.NewRequestAt(ctx, w.job.URL, w.first)
	if err != nil {
		return jobs.Step{}, err
	}
	resp, err := w.client.Do(req)
	w.took(resp) //nolint:bodyclose // closed with the next one; the caller closes the last
	if err != nil {
		return jobs.Step{}, err
	}
	seen, err := seenOf(resp, w.job.NeedsBody(resp.StatusCode))
	if err != nil {
		return jobs.Step{}, err
	}
	step, err := w.job.Take(ctx, seen, time.Now())
	if failure.Is[*jobs.StateError](err) {
		return jobs.Step{Done: true}, nil // the status says it: the command tells of it as of any
	}
	return step, err
}

// took closes the response before, and keeps this one.
func (w *jobWatch) took(resp *http.Response) *http.Response {
	if resp != nil {
		if w.last != nil {
			w.last.Body.Close()
		}
		w.last = resp
	}
	return w.last
}

// release reads a response and closes it, so that it takes no place among those in flight while the next one is asked
// for. It can be read again.
func release(resp *http.Response) error {
	_, err := seenOf(resp, true)
	return err
}

// seenOf is what there is to look at of a response. Its body is read if that is needed, and can be read again.
func seenOf(resp *http.Response, body bool) (*jobs.Response, error) {
	seen := &jobs.Response{Method: resp.Request.Method, URL: resp.Request.URL, Status: resp.StatusCode, Header: resp.Header}
	if !body {
		return seen, nil
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(text))
	switch {
	case err != nil:
		return nil, &failure.ReadError{Err: err}
	case len(text) > maxPage:
		return nil, fmt.Errorf("the response about a job is larger than %d MiB", maxPage>>20)
	}
	seen.Body = text
	return seen, nil
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
