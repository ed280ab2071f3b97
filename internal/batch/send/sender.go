// Package send sends the records of a batch through the clients of their apis: requests, lists in pages, jobs, costs.
package send

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/pages"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/httpcache"
	"github.com/arl-cli/arl/internal/httpcheck"
)

// A Sender sends the records of one run through the clients of their apis. It is safe for use by many
// goroutines.
type Sender struct {
	// Dial makes the client of an api, once, or of an origin that no profile has: then it is a URL.
	Dial func(target string, cfg apiclient.Config) (*apiclient.Client, error)
	// Options are what the command line says of every record: headers, timeouts, retries.
	Options *fetch.Options
	In      io.Reader // standard input, for headers from @-
	// Run names the run, in idempotency keys; empty means a name of its own.
	Run string
	// Notes is told of records before they are sent that must not be sent twice; nil means nobody.
	Notes Notes
	// Lists keeps lists in pages until they are complete, see [batch.Request.All]; nil means in a
	// temporary directory. MaxPages bounds how many pages of a list are asked for; 0 means none. A list of
	// more than PageBound pages is an error; 0 means none is.
	Lists     *pages.Dir
	MaxPages  int
	PageBound int
	// CostLimit bounds what the records take; nil means that nothing does.
	CostLimit *CostLimit
	// Stop is told why nothing more can be kept; nil means nobody.
	Stop func(error)
	// Waits ends what making a client waits for, such as a program that prints the credential, while no record is
	// being sent: when nothing new is to be sent. nil means that nothing does.
	Waits context.Context

	start sync.Once
	waits context.Context // ends when nothing new is to be sent; the same for all records of a run; may be nil

	once   sync.Once // reads what Options say of every request
	config apiclient.Config
	bad    error

	clients clients
}

// Send implements batch.Sender.
func (s *Sender) Send(ctx context.Context, r *batch.Request) batch.Answer {
	c, release, err := s.client(r)
	defer release()
	if err != nil {
		return batch.Answer{Err: clientError(ctx, r, err)}
	}
	s.start.Do(func() { s.begin(r.Stopping()) })
	if r.Job != nil { // what the record takes has been counted
		return s.send(ctx, c, r)
	}
	return s.limited(ctx, c, r, func() batch.Answer { return s.send(ctx, c, r) })
}

// send sends a record through the client of its api.
func (s *Sender) send(ctx context.Context, c *apiclient.Client, r *batch.Request) (a batch.Answer) {
	var err error
	way := &sending{Context: ctx, record: r, request: &http.Request{Header: r.Header}}
	var stored httpcache.Report
	call := s.call(r)
	call.Report = &a.Report
	inner := call.In(httpcache.WithReport(way, &stored))
	if r.All {
		err = s.all(inner, c, way, &a)
	} else {
		err = s.exchange(inner, c, way, &a)
		a.Failure = c.Failure(a.Status, a.Header, a.Body)
	}
	a.Cache, a.Unchanged = string(stored.Outcome), s.Options.IfChanged && stored.Unchanged()
	a.Path = c.RedactFor(way.request, r.Path)
	if err == nil { // else it is when that was clear, which is now
		a.At = way.complete
	}
	way.job(&a)
	if httpcheck.Starved(err) {
		err = s.unkept(fmt.Errorf("no local port or file left for another connection: %w", err))
	}
	switch {
	case err == nil:
	case ctx.Err() != nil, failure.Is[*notNotedError](err), errors.Is(err, errDrained): // the run is being broken off, for whatever reason
		a.Err = &batch.Error{Kind: batch.KindCancelled, Message: "the run ended before the response came"}
	default:
		a.Err = &batch.Error{Kind: KindOf(err), Message: c.RedactFor(way.request, message(err))}
	}
	a.Unknown = a.Unknown || way.unclear(&a) || endUnclear(&a)
	return a
}

func (s *Sender) begin(stop <-chan struct{}) {
	if stop != nil {
		s.waits = until(stop)
	}
	if s.Lists == nil {
		s.Lists = pages.Temporary()
	}
	if s.Run == "" {
		s.Run = rand.Text()
	}
}

// until returns a context that ends when stop is closed.
func until(stop <-chan struct{}) context.Context {
	waits, cancel := context.WithCancel(context.Background())
	go func() {
		<-stop
		cancel()
	}()
	return waits
}

// exchange sends a record that asks for one page, or asks for the state of the job that it has begun.
func (s *Sender) exchange(ctx context.Context, c *apiclient.Client, way *sending, a *batch.Answer) error {
	req, err := requestOf(ctx, c, way.record, s.Run)
	if err != nil {
		return err
	}
	way.request = req
	polls := s.Options.Jobs.Polls(c, req)
	if way.record.Job != nil {
		return s.pollJob(ctx, c, way, polls, a)
	}
	way.whole = needWhole(polls)
	from, err := receiveInto(c, req, a)
	if err != nil || len(polls) == 0 {
		return err
	}
	return s.acceptJob(ctx, c, way, polls, from, a)
}

// Lane is batch.Config's: records of one api that wait for different limits do not wait for each other.
func (s *Sender) Lane(r *batch.Request) string {
	if r.Origin != "" {
		return ""
	}
	c, release, err := s.client(r)
	defer release()
	if err != nil || len(c.Profile().Buckets) == 0 {
		return ""
	}
	req, err := c.NewRequest(context.Background(), r.Method, r.Path, nil)
	if err != nil {
		return ""
	}
	return c.Key(req)
}

// Redact hides in a text what is secret in a record: its headers, and what its api is known by.
func (s *Sender) Redact(r *batch.Request, text string) string {
	c, release, err := s.client(r)
	defer release()
	if err != nil {
		return text
	}
	return c.RedactFor(&http.Request{Header: r.Header}, text)
}
