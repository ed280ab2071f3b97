package jobs

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/pacing"
)

// A Job is one that a response accepted. It belongs to one goroutine at a time.
type Job struct {
	URL    *url.URL // where its state is asked for
	Status int      // of the response that accepted it
	Polls  int      // responses about its state

	profile *config.Profile
	poll    config.CompiledPoll
	end     time.Time       // when it is given up; zero means never
	had     map[string]bool // the URLs it had before
}

// A Response is what is looked at of one.
type Response struct {
	Method string
	URL    *url.URL // where it came from, after redirects
	Status int
	Header http.Header
	Body   []byte // nil if [NeedsBody] says that it is not needed
}

// NeedsBody reports whether the body has to be known to tell whether a response with that status accepts a job.
func NeedsBody(polls []config.CompiledPoll, status int) bool {
	for i := range polls {
		if polls[i].Status == status && polls[i].URL.JSON != nil {
			return true
		}
	}
	return false
}

// Accept returns the job that a response accepts, and how long to wait before its state is asked for; nil if it accepts
// none. The error is a [*NoURLError] or a [*URLError].
func Accept(ctx context.Context, p *config.Profile, polls []config.CompiledPoll, r *Response, now time.Time) (*Job, time.Duration, error) {
	for i := range polls {
		if polls[i].Status != r.Status {
			continue
		}
		j := begin(p, &polls[i], r.Status, now)
		u, err := j.reference(ctx, &j.poll.URL, r)
		switch {
		case err != nil:
			return nil, 0, err
		case u != nil:
			j.URL = u
		case readable(r.Method):
			j.URL = r.URL
		default:
			return nil, 0, &NoURLError{Status: r.Status, Header: j.poll.URL.Header}
		}
		return j, j.after(r, now), nil
	}
	return nil, 0, nil
}

// Resume returns the job that an earlier run has had accepted with that status.
func Resume(p *config.Profile, polls []config.CompiledPoll, at string, status int, now time.Time) (*Job, error) {
	u, err := url.Parse(at)
	if err != nil || !sendable(u) {
		return nil, &URLError{Text: at}
	}
	for i := range polls {
		if polls[i].Status == status {
			j := begin(p, &polls[i], status, now)
			j.URL = u
			return j, nil
		}
	}
	accepted := config.AcceptedJob()
	poll := accepted.Compile()
	j := begin(p, &poll, status, now)
	j.URL = u
	return j, nil
}

func begin(p *config.Profile, poll *config.CompiledPoll, status int, now time.Time) *Job {
	j := &Job{Status: status, profile: p, poll: *poll}
	if poll.Timeout > 0 {
		j.end = now.Add(poll.Timeout)
	}
	return j
}

// readable reports whether a request can simply be sent again.
func readable(method string) bool {
	return method == "" || method == http.MethodGet || method == http.MethodHead
}

// after is how long to wait before the next poll: as long as the response says, else the profile's interval.
func (j *Job) after(r *Response, now time.Time) time.Duration {
	var f headers.Fields
	f.Read(r.Header, now)
	if wait, _ := f.Pause(false); wait > pacing.MinPause {
		return wait
	}
	return j.poll.Interval
}

// NeedsBody reports whether the body of a response about the job's state has to be known.
func (j *Job) NeedsBody(status int) bool {
	return status < http.StatusBadRequest && (j.poll.Until != nil || j.poll.Failed != nil || j.poll.Result.JSON != nil)
}

// overdue returns an error if the job has taken too long.
func (j *Job) overdue(now time.Time) error {
	if j.end.IsZero() || now.Before(j.end) {
		return nil
	}
	return fmt.Errorf("it is not finished after %s (poll.timeout in the profile) and %d polls", j.poll.Timeout, j.Polls)
}
