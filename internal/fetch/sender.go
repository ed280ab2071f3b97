package fetch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/internal/batch/pages"
	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/internal/httpcache"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/jobs"
	"github.com/arl-cli/arl/internal/sendctx"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A Sender sends the records of one run through the clients of their apis. It is safe for use by many
// goroutines.
type Sender struct {
	// Dial makes the client of an api, once, or of an origin that no profile has: then it is a URL.
	Dial func(target string, cfg apiclient.Config) (*apiclient.Client, error)
	// Options are what the command line says of every record: headers, timeouts, retries.
	Options *Options
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
	waits := httpcache.WithReport(sendctx.WithWaits(s.withCosts(way, r), s.waits), &stored)
	if r.GraphQL {
		waits = sendctx.WithGraphQL(waits)
	}
	if r.All {
		err = s.all(waits, c, way, &a)
	} else {
		err = s.exchange(sendctx.WithReport(waits, &way.report), c, way, &a)
		a.Failure = failureOf(c, a.Status, a.Header, a.Body)
	}
	a.Cache, a.Unchanged = string(stored.Outcome), s.Options.IfChanged && stored.Unchanged()
	a.Path = c.RedactFor(way.request, r.Path)
	if err == nil { // else it is when that was clear, which is now
		a.At = way.complete
	}
	report := &way.report
	a.Cost = report.Cost
	a.Attempts, a.Waited, a.Elapsed = report.Attempts, report.Waited, report.Elapsed
	a.Throttled, a.Unknown = report.Throttled, report.Unknown
	way.job(&a)
	if httpcheck.Starved(err) {
		err = s.unkept(fmt.Errorf("no room for another connection on this machine: %w", err))
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

// message says what went wrong. Of a request that was not sent it says only that: net/http puts its URL in front.
func message(err error) string {
	if unsendable, ok := errors.AsType[*httpcheck.UnsendableError](err); ok {
		return unsendable.Error()
	}
	return err.Error()
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

// idempotencyKey is the same for every attempt of a record in a run, and another one for every other
// record and in every other run. Where nobody counts occurrences, the line does it.
func idempotencyKey(run string, r *batch.Request) string {
	text := fmt.Appendf(nil, "arl idempotency key\n%s\n%x\n%d", run, r.PairKey(), r.Occurrence)
	if r.Occurrence == 0 {
		text = fmt.Appendf(text, "\n%s\n%d", r.Input, r.Line)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

type recordKey struct{}

// sending is a record on its way, and the context that its requests carry it in.
type sending struct {
	context.Context

	record    *batch.Request
	request   *http.Request // its first, for what is secret in that; not complete before it is made
	report    sendctx.Report
	complete  time.Time // when its last response had been read
	list      bool      // its responses are pages, which are needed whole
	whole     bool      // so is its response, for what it says of a job
	noted     bool      // perhaps it has reached the server, and it was not throttled
	processed bool      // what was noted was done; a redirect may still have led to another end
}

// unclear reports whether a record was sent that must not be sent twice, and nobody will learn what
// came of it: its response was not waited for, or what came after it went wrong.
func (s *sending) unclear(a *batch.Answer) bool {
	return s.noted && a.Err != nil || s.processed && a.Status >= http.StatusBadRequest
}

// Value implements context.Context.
func (s *sending) Value(key any) any {
	if key == (recordKey{}) {
		return s
	}
	return s.Context.Value(key)
}

func sendingOf(req *http.Request) *sending {
	s, _ := req.Context().Value(recordKey{}).(*sending)
	return s
}

// receive reads a response's body into the memory of the run, within the attempt.
func receive(resp *http.Response) error {
	s := sendingOf(resp.Request)
	if s == nil {
		return errors.New("a response to no record")
	}
	size := resp.ContentLength
	if resp.Body == http.NoBody || resp.Request.Method == http.MethodHead {
		size = 0 // a length may be said all the same
	}
	read := s.record.Read
	if (s.list || s.whole) && resp.StatusCode < http.StatusBadRequest {
		read = s.record.Hold
	}
	b, err := read(resp.Request.Context(), resp.Body, size)
	s.complete = time.Now()
	resp.Body.Close()
	if err != nil && !errors.Is(err, batch.ErrNotKept) { // too large once is too large again: the engine says so
		return fmt.Errorf("read the response: %w", err)
	}
	body := &received{b: b}
	body.Reset(b)
	resp.Body = body
	return nil
}

// received is a body that has been read already.
type received struct {
	bytes.Reader
	b []byte
}

// take returns the body, and lets go of it: the response may be held longer than it.
func (r *received) take() []byte {
	b := r.b
	*r = received{}
	return b
}

// Bytes returns the body, which is in memory.
func (r *received) Bytes() []byte { return r.b }

// Close implements io.Closer.
func (*received) Close() error { return nil }

// exchange sends a record that asks for one page, or asks for the state of the job that it has begun.
func (s *Sender) exchange(ctx context.Context, c *apiclient.Client, way *sending, a *batch.Answer) error {
	req, err := requestOf(ctx, c, way.record, s.Run)
	if err != nil {
		return err
	}
	way.request = req
	polls := s.Options.Jobs.polls(c, req)
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

// requestOf makes the request of a record.
func requestOf(ctx context.Context, c *apiclient.Client, r *batch.Request, run string) (*http.Request, error) {
	req, err := c.NewRequest(ctx, r.Method, r.Path, r.Body)
	if err != nil {
		return nil, err
	}
	if r.Header != nil {
		req.Header = r.Header
	}
	if name := c.Profile().IdempotencyHeader; name != "" && !limiter.Safe(req) && req.Header.Get(name) == "" {
		req.Header.Set(name, idempotencyKey(run, r))
	}
	req.URL.RawQuery = joinQuery(req.URL.RawQuery, r.Query.Encode())
	return req, nil
}

// send sends a request and returns its response, and where that came from.
func send(c *apiclient.Client, req *http.Request) (int, http.Header, []byte, *url.URL, error) {
	resp, err := c.Do(req)
	if err != nil {
		return 0, nil, nil, nil, err
	}
	defer resp.Body.Close()
	if resp.Uncompressed { // the result has another body than these tell of
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
	}
	if b, ok := resp.Body.(*received); ok {
		return resp.StatusCode, resp.Header, b.take(), resp.Request.URL, nil
	}
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, b, resp.Request.URL, err
}

// receiveInto sends a request, makes its response the response, and returns where it came from.
func receiveInto(c *apiclient.Client, req *http.Request, a *batch.Answer) (from *url.URL, err error) {
	a.Status, a.Header, a.Body, from, err = send(c, req)
	return from, err
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

// Ready reports whether records of an api can be sent: there is such a profile, and a credential
// where it needs one. An empty api stands for any.
func (s *Sender) Ready(api string) error {
	_, err := s.common()
	if err == nil && api != "" {
		var release func()
		_, release, err = s.client(&batch.Request{API: api})
		release()
	}
	return err
}

// client returns the client of a record, to be released after its use.
func (s *Sender) client(r *batch.Request) (c *apiclient.Client, release func(), err error) {
	target := cmp.Or(r.Origin, r.API)
	d := s.clients.take(target, r.Origin != "")
	d.once.Do(func() { d.client, d.err = s.dial(target) })
	return d.client, d.release, d.err
}

// dial makes the client of an api, and looks whether what goes with every one of its requests can be sent.
func (s *Sender) dial(target string) (*apiclient.Client, error) {
	cfg, err := s.common()
	if err != nil {
		return nil, err
	}
	c, err := s.Dial(target, cfg)
	if err != nil {
		return nil, err
	}
	probe, err := c.NewRequest(context.Background(), http.MethodGet, "/", []byte("{}"))
	if err == nil {
		_, err = c.Prepared(probe)
	}
	return c, err
}

// common is what goes with every request, whatever its api.
func (s *Sender) common() (apiclient.Config, error) {
	s.once.Do(func() {
		s.config, s.bad = s.Options.clientConfig(s.In)
		s.config.Receive, s.config.Context = receive, s.Waits
	})
	return s.config, s.bad
}

// clientError is why an api cannot be used at all. Where that is the end of the run, the engine hears of it in a
// moment too.
func clientError(ctx context.Context, r *batch.Request, err error) *batch.Error {
	if errors.Is(err, context.Canceled) {
		select {
		case <-r.Stopping():
		case <-ctx.Done():
		}
		return &batch.Error{Kind: batch.KindCancelled, Message: "the run ended before it was sent"}
	}
	kind := batch.KindInput
	if failure.NoCredential(err) {
		kind = batch.KindAuth
	}
	return &batch.Error{Kind: kind, Message: err.Error()}
}

// KindOf names a failure in results.
func KindOf(err error) batch.Kind {
	if failure.NoCredential(err) {
		return batch.KindAuth
	}
	if failure.Is[*jobs.FailedError](err) {
		return batch.KindJob
	}
	if failure.Is[*limiter.OversizeError](err) {
		return batch.KindInput
	}
	switch failure.Classify(err) {
	case failure.Usage, failure.File:
		return batch.KindInput
	case failure.DNS, failure.ProxyDNS:
		return batch.KindDNS
	case failure.Connect, failure.Tunnel, failure.Proxy:
		return batch.KindConnect
	case failure.Timeout:
		return batch.KindTimeout
	case failure.TLS, failure.Certificate:
		return batch.KindTLS
	case failure.Throttled:
		return batch.KindThrottled
	case failure.Circuit:
		return batch.KindCircuitOpen
	case failure.Interrupted:
		return batch.KindCancelled
	}
	return batch.KindRead
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
