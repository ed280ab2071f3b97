package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/arl-cli/arl/internal/jq"
)

// A Step is what follows a response about a job's state.
type Step struct {
	Done   bool          // the response is the job's result, unless Result says where that is
	Result *url.URL      // where the result is; nil: the response is it
	After  time.Duration // if it is not done: when to ask again
}

// Take takes a response about the job's state. The error is a [*FailedError] if the job has failed; any other says that
// nothing more can be learned of its end in this way.
func (j *Job) Take(ctx context.Context, r *Response, now time.Time) (Step, error) {
	j.Polls++
	switch {
	case r.Status >= http.StatusBadRequest:
		return Step{}, &StateError{Status: r.Status}
	case r.Status >= http.StatusMultipleChoices:
		u, err := j.resolve(r.URL, r.Header.Get("Location"))
		return Step{Done: true, Result: u}, err
	}
	if failed, err := holds(ctx, j.poll.Failed, "failed", r); err != nil {
		return Step{}, err
	} else if failed {
		return Step{}, &FailedError{}
	}
	done, err := j.done(ctx, r)
	if err != nil {
		return Step{}, err
	}
	if done {
		return j.finish(ctx, r)
	}
	if err := j.overdue(now); err != nil {
		return Step{}, err
	}
	return Step{After: j.after(r, now)}, j.move(ctx, r)
}

func (j *Job) done(ctx context.Context, r *Response) (bool, error) {
	if j.poll.Until == nil {
		return r.Status != j.poll.Status, nil
	}
	return holds(ctx, j.poll.Until, "until", r)
}

// finish finds out where the result is.
func (j *Job) finish(ctx context.Context, r *Response) (Step, error) {
	u, err := j.reference(ctx, &j.poll.Result, r)
	if err != nil {
		return Step{}, fmt.Errorf("it is finished, but %w", err)
	}
	if u != nil && u.String() == r.URL.String() {
		u = nil
	}
	return Step{Done: true, Result: u}, nil
}

// move follows a job whose URL has changed. Servers do that; but one that comes back to a URL it had before leads in a
// circle.
func (j *Job) move(ctx context.Context, r *Response) error {
	named := j.poll.URL
	named.JSON = nil // what a body says of the job is read once: it is the job's name
	if len(named.Header) == 0 {
		return nil
	}
	u, err := j.reference(ctx, &named, r)
	if err != nil || u == nil || u.String() == j.URL.String() {
		return err
	}
	if j.had == nil {
		j.had = map[string]bool{}
	}
	j.had[j.URL.String()] = true
	if j.had[u.String()] {
		return &CircleError{Length: len(j.had)}
	}
	j.URL = u
	return nil
}

// holds evaluates a condition over a response's body. While a job is not done servers also respond without a body.
func holds(ctx context.Context, f *jq.Filter, name string, r *Response) (bool, error) {
	if f == nil || len(bytes.TrimSpace(r.Body)) == 0 && r.Status == http.StatusAccepted {
		return false, nil
	}
	value, err := evaluate(ctx, f, r.Body)
	if err != nil {
		return false, fmt.Errorf("%s, in the profile's poll: %w", name, err)
	}
	return value != nil && string(value) != "null" && string(value) != "false", nil
}

// errEmpty says that there is nothing to evaluate an expression over.
var errEmpty = errors.New("the response has no body")

// evaluate returns the last value that an expression makes of a body; nil if it makes none.
func evaluate(ctx context.Context, f *jq.Filter, body []byte) (last []byte, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, errEmpty
	}
	err = f.Run(ctx, bytes.NewReader(body), func(value []byte) error {
		last = bytes.Clone(value)
		return nil
	})
	return last, err
}
