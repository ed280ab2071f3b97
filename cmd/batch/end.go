package batch

import (
	"context"
	"errors"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/config"
)

// failure is how a batch ends if it did not end well; nil if every record is ok. denied is the profile whose credential was
// rejected, if that is known.
func (o *options) failure(s batch.Summary, denied *config.Profile, err error) error {
	stop, stopped := errors.AsType[batch.Stop](err)
	switch {
	case errors.Is(err, batch.ErrReaderGone):
		return &cli.Error{Silent: true, Code: cli.ExitReaderGone}
	case stopped && stop == batch.StopAsked, errors.Is(err, context.Canceled):
		return &cli.Error{Silent: true, Code: cli.ExitInterrupted}
	case stopped && stop == batch.StopDenied:
		return &cli.Error{
			Message: string(stop) + whyDenied(s, denied), Code: cli.ExitUnfinished,
			Hint: renewal(denied) + ", then " + o.goOn(),
		}
	case stopped && stop == batch.StopOutage, err == nil && s.Kinds[batch.KindCircuitOpen] > 0 && o.named() != "":
		return &cli.Error{
			Message: string(batch.StopOutage), Code: cli.ExitUnfinished,
			Hint: "check whether the API has an outage, then " + o.goOn(),
		}
	case stopped:
		return &cli.Error{Message: string(stop), Code: cli.ExitUnfinished, Hint: o.goOn()}
	case err != nil && s.Read == 0 && isForeign(err):
		return cli.Usagef("", "%v", err)
	case err != nil:
		return &cli.Error{Message: err.Error(), Code: cli.ExitUnfinished, Err: err, Hint: o.goOn()}
	case s.NotSent > 0:
		return &cli.Error{Silent: true, Code: cli.ExitUnfinished}
	case s.Failed+s.Unknown > 0:
		return &cli.Error{Silent: true, Code: cli.ExitOther}
	}
	return nil
}

// whyDenied says what several records in a row came to.
func whyDenied(s batch.Summary, p *config.Profile) string {
	if logsIn(p) && s.Kinds[batch.KindAuth] > 0 {
		return " (no token for several records in a row)"
	}
	return " (401 or 407 several times in a row)"
}

// logsIn reports whether a profile's credential comes from `arl auth login`.
func logsIn(p *config.Profile) bool {
	return p != nil && p.Auth != nil && p.Auth.Type == config.AuthLogin
}

// renewal says what to do about a credential that was rejected.
func renewal(p *config.Profile) string {
	if logsIn(p) {
		return "log in again with `arl auth login " + p.Name + "`"
	}
	return "renew the token"
}

// isForeign reports whether a batch ended at an input that no run can read.
func isForeign(err error) bool {
	_, foreign := errors.AsType[*record.ForeignInputError](err)
	return foreign
}

// goOn says how an unfinished batch is resumed.
func (o *options) goOn() string {
	if !o.keeps() {
		return "run the batch again with what is not in the results; with -o FILE, --resume would do that"
	}
	return "resume" + o.sameInput() + " with: " + o.command("--resume")
}
