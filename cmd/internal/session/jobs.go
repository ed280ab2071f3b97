package session

import (
	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/fetch"
)

// JobOptions are the flags about jobs that finish later.
type JobOptions struct {
	Poll, NoPoll bool
}

// AddJobFlags adds --poll, which says what it does to a command of that kind, and --no-poll.
func (o *JobOptions) AddJobFlags(f *pflag.FlagSet, poll string) {
	f.BoolVar(&o.Poll, "poll", false, poll)
	f.BoolVar(&o.NoPoll, "no-poll", false, "Write a 202 response as it is, even if the profile has poll")
}

// CheckJobs rejects both flags at once.
func (o *JobOptions) CheckJobs() error {
	if o.Poll && o.NoPoll {
		return cli.Usagef("omit one of them", "--poll and --no-poll cannot be used together")
	}
	return nil
}

// Jobs is what becomes of jobs that responses accept.
func (o *JobOptions) Jobs() fetch.Jobs {
	switch {
	case o.Poll:
		return fetch.JobsAwaited
	case o.NoPoll:
		return fetch.JobsLeft
	}
	return fetch.JobsAsProfile
}
