package batch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/failures"
	"github.com/arl-cli/arl/internal/batch/identity"
	"github.com/arl-cli/arl/internal/batch/record"
	"github.com/arl-cli/arl/internal/batch/send"
	"github.com/arl-cli/arl/internal/input"
)

// run runs a batch: the first Ctrl-C finishes in-flight requests, the second aborts.
func run(ctx context.Context, o *options) error {
	i := cli.NewInterrupts(ctx)
	defer i.Stop()
	return cli.Abandonable(i.Run, func() error { return o.run(i) })
}

// run prepares a batch, and runs it.
func (o *options) run(i *cli.Interrupts) error {
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away shows as a failed write
	debug.SetGCPercent(200)        // a few MiB for a tenth of the CPU
	s, err := session.Open(o.env, o.global, &o.SendOptions, o.uses()...)
	if err != nil {
		return err
	}
	defer s.Close(true)
	if most := connectionsFor(openFiles(), o.OutputDir != ""); most < o.Concurrency {
		s.Messages.Say("the limit of open files (ulimit -n) allows --concurrency %d, not %d", most, o.Concurrency)
		o.Concurrency = most
	}
	inputs, err := o.inputs()
	if err != nil {
		return err
	}
	if o.Header, err = o.divide(inputs, o.Header); err != nil {
		return err
	}
	if unused := o.unused(); len(unused) > 0 && !o.Silent {
		s.Messages.Say("columns not sent: %s; --path and --field choose what is sent", strings.Join(unused, ", "))
	}
	o.find = find(s.Registry)
	sender := o.sender(s)
	sender.Waits = i.Accepting
	if err := sender.Ready(o.named()); cli.Is[*input.UnreadableError](err) {
		return cli.Usagef("", "%v", err)
	} else if err != nil {
		return cli.InterruptedOr(err)
	}
	if o.MaxCost, err = o.checkCosts(sender); err != nil {
		return err
	}
	if o.Plan {
		return o.plan(i.Run, s, sender, inputs)
	}
	return o.send(i, s, sender, inputs)
}

// ownFiles is how many files a batch has open beside its connections: streams, output, journal, stores.
const ownFiles = 32

// connectionsFor is how many requests at once leave room for what else needs open files, of which there may be
// limit. A response that goes to a file takes one more.
func connectionsFor(limit int, toFiles bool) int {
	if limit <= 0 {
		return math.MaxInt
	}
	most := limit - ownFiles
	if toFiles {
		most /= 2
	}
	return max(most, 1)
}

// send runs the batch.
func (o *options) send(i *cli.Interrupts, s *session.Session, sender *send.Sender, inputs []record.Input) error {
	var engine *batch.Engine
	manifest, err := o.createManifest()
	if err != nil {
		return err
	}
	files, err := o.openFiles(func(err error) {
		engine.Stop(fmt.Errorf("note what is sent: %w", err))
	})
	if err == nil {
		err = manifest.begin(s, o, files, inputs)
	}
	if err != nil {
		return errors.Join(err, manifest.discard())
	}
	c := o.config(inputs, sender)
	files.configure(&c)
	p := newProgressLine(s, o)
	ending := &ending{tally: failures.Tally{Inputs: len(inputs)}}
	c.Observe, c.Output = ending.tally.Add, manifest.results(p.results(c.Output))
	files.out = manifest.results(files.out) // of a run whose standard output is shaped
	shaper, err := o.shaped(i.Run, s, files, p)
	if err != nil {
		return errors.Join(err, files.close(batch.Summary{}))
	}
	if shaper != nil {
		c.Output, shaper.stop = shaper, func(err error) { engine.Stop(err) }
	}
	if files.kept != nil {
		sender.Run, sender.Notes = files.kept.Run, files.kept
		o.tell(s.Messages.Say, files.kept.Taken)
	}
	sender.Lists, sender.Stop = files.lists, func(err error) { engine.Stop(err) }
	if o.MaxCost != nil {
		sender.CostLimit = send.NewCostLimit(o.MaxCost, sender.Stop)
	}
	engine = batch.New(c)
	measured, err := o.startMetrics(s, engine.Snapshot)
	if err != nil {
		return errors.Join(err, files.close(batch.Summary{}), files.forgetSummary(), manifest.discard())
	}
	summary, err := o.watch(i, s, engine, p)
	measured.end(summary)
	err = errors.Join(err, files.close(summary))
	err = errors.Join(err, manifest.end(s, o, summary, err))
	denied, _ := s.Registry.Profile(engine.Denied()) // nil for an origin
	failed := cmp.Or(o.failure(summary, denied, err), shaper.failure())
	if !o.Silent {
		ending.say(s.Messages.Say, o, summary, err, failed)
	}
	o.runOnEnd(s, summary, err)
	if e := o.writeSummary(files, summary, err); e != nil && failed == nil {
		return e
	} else if e != nil {
		s.Messages.Warn(e.Error())
	}
	return failed
}

func (o *options) config(inputs []record.Input, sender *send.Sender) batch.Config {
	return batch.Config{
		Inputs: inputs, Sender: sender, API: o.named(), Find: o.find, StopOrigins: o.authenticates(), All: o.All, Concurrency: o.Concurrency, Lane: sender.Lane,
		MaxMemory: boundMemory(o.MaxMemory), MaxInline: cmp.Or(o.MaxInline, -1), Ordered: o.Ordered, Headers: o.Include,
		Deadline: o.Deadline, MaxRequests: o.MaxRequests, MaxFailures: o.MaxFailures, Shard: identity.Shard(o.Shard),
	}
}

// watch runs the engine, with signals and progress beside it.
func (o *options) watch(i *cli.Interrupts, s *session.Session, engine *batch.Engine, p *progressLine) (batch.Summary, error) {
	i.Sending(func() {
		s.Messages.Say("interrupted: finishing in-flight requests; press Ctrl-C again to abort")
	})
	p.start(s, engine)
	summary, err := engine.Run(i.Run, i.Accepting.Done())
	i.Sent()
	p.stop()
	s.End()
	if !errors.Is(err, batch.ErrReaderGone) && !o.Silent {
		o.showSummary(s, summary)
	}
	return summary, err
}
