package request

import (
	"errors"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/fetch"
)

// checkPolls rejects --poll where there is no response to wait for.
func (o *options) checkPolls() error {
	if o.Poll && o.AllPages {
		return cli.Usagef("", "--poll cannot be used with --all: it applies to one response")
	}
	return o.CheckJobs()
}

// await says on standard error which job is waited for.
func (o *options) await(s *session.Session) {
	o.Options.Jobs = o.JobOptions.Jobs()
	if !o.Silent {
		o.Accepted = func(url string) { s.Messages.Say("a job was accepted; waiting for it at %s", url) }
	}
}

// sayJob says of a job that was accepted and is not waited for where its state is.
func (o *options) sayJob(s *session.Session, res fetch.Result) {
	if res.Job != "" && !o.Poll && !o.Silent {
		s.Messages.Say("note: a job was accepted and is not finished; --poll waits for it; its state is at %s", res.Job)
	}
}

// jobFailure is the error of a job whose end is not known, or that has failed; nil for any other error.
func jobFailure(res fetch.Result, err error) *cli.Error {
	if res.JobFailed {
		return &cli.Error{
			Message: res.Request + ": the server reports that the job has failed", Hint: "its state is at " + res.Job,
			Code: cli.ExitOther, Kind: "job", Status: res.Status,
		}
	}
	job, ok := errors.AsType[*fetch.JobError](err)
	if !ok {
		return nil
	}
	f := &cli.Error{Message: res.Request + ": " + job.Error(), Code: cli.Describe(job.Err, time.Now()).Code, Kind: "job", Status: res.Status, Err: err}
	switch {
	case job.URL == "":
		f.Hint = "poll.url in the profile must say where the response names the job; --no-poll writes the response as it is"
	case f.Code == cli.ExitInterrupted:
		f.Message, f.Hint = "interrupted", "the job continues on the server; its state is at "+job.URL
	default:
		f.Hint = "the job was accepted; before you send it again, check its state at " + job.URL
	}
	return f
}
