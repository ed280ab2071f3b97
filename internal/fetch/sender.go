package fetch

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/arl-cli/arl/internal/batch"
	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A Sender sends the records of one run through the clients of their apis. It is safe for use by many
// goroutines.
type Sender struct {
	// Dial makes the client of an api, once.
	Dial func(api string, cfg apis.ClientConfig) (*apis.Client, error)
	// Options are what the command line says of every record: headers, timeouts, retries.
	Options *Options
	In      io.Reader // standard input, for headers from @-

	drain sync.Once
	run   string          // names this run, in idempotency keys
	waits context.Context // ends when nothing new is to be sent; the same for all records of a run

	mu      sync.Mutex
	clients map[string]*dialed
}

type dialed struct {
	once   sync.Once
	client *apis.Client
	err    error
}

// Send implements batch.Sender.
func (s *Sender) Send(ctx context.Context, r *batch.Request) batch.Answer {
	c, err := s.client(r.API)
	if err != nil {
		return batch.Answer{Err: clientError(err)}
	}
	var report limiter.Report
	s.drain.Do(func() { s.waits, s.run = until(ctx, r.Stopping()), rand.Text() })
	ctx = limiter.WithWaits(limiter.WithReport(context.WithValue(ctx, recordKey{}, r), &report), s.waits)
	status, header, body, err := exchange(ctx, c, r, s.run)
	a := batch.Answer{
		Status: status, Header: header, Body: body,
		Attempts: report.Attempts, Waited: report.Waited, Elapsed: report.Elapsed,
		Throttled: report.Throttled, Unknown: report.Unknown,
	}
	switch {
	case err == nil:
	case ctx.Err() != nil: // the run is being broken off, for whatever reason
		a.Err = &batch.Error{Kind: batch.KindCancelled, Message: "the run ended before the answer came"}
	default:
		a.Err = &batch.Error{Kind: kindOf(err), Message: err.Error()}
	}
	return a
}

// until returns a context that ends with ctx or when stop is closed.
func until(ctx context.Context, stop <-chan struct{}) context.Context {
	waits, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		select {
		case <-stop:
		case <-ctx.Done():
		}
	}()
	return waits
}

// idempotencyKey is the same for every attempt of a record in a run, and another one for every other
// record and in every other run.
func idempotencyKey(run string, r *batch.Request) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "arl idempotency key\n%s\n%s\n%d\n%s", run, r.Input, r.Line, r.Identity()))
	return hex.EncodeToString(sum[:16])
}

type recordKey struct{}

// receive reads an answer's body into the memory of the run, within the attempt.
func receive(resp *http.Response) error {
	r, ok := resp.Request.Context().Value(recordKey{}).(*batch.Request)
	if !ok {
		return errors.New("an answer to no record")
	}
	b, err := r.Read(resp.Request.Context(), resp.Body, resp.ContentLength)
	resp.Body.Close()
	if err != nil && !errors.Is(err, batch.ErrTooLarge) { // too large once is too large again: the engine says so
		return fmt.Errorf("read the answer: %w", err)
	}
	resp.Body = &received{bytes.NewReader(b), b}
	return nil
}

// received is a body that has been read already.
type received struct {
	*bytes.Reader
	b []byte
}

// Close implements io.Closer.
func (*received) Close() error { return nil }

func exchange(ctx context.Context, c *apis.Client, r *batch.Request, run string) (int, http.Header, []byte, error) {
	req, err := c.NewRequest(ctx, r.Method, r.Path, r.Body)
	if err != nil {
		return 0, nil, nil, err
	}
	if r.Header != nil {
		req.Header = r.Header
	}
	if name := c.Profile().IdempotencyHeader; name != "" && !limiter.Safe(req) && req.Header.Get(name) == "" {
		req.Header.Set(name, idempotencyKey(run, r))
	}
	req.URL.RawQuery = joinQuery(req.URL.RawQuery, r.Query.Encode())
	resp, err := c.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	if b, ok := resp.Body.(*received); ok {
		return resp.StatusCode, resp.Header, b.b, nil
	}
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, b, err
}

// Ready reports whether records of an api can be sent: there is such a profile, and a credential
// where it needs one.
func (s *Sender) Ready(api string) error {
	_, err := s.client(api)
	return err
}

func (s *Sender) client(api string) (*apis.Client, error) {
	s.mu.Lock()
	if s.clients == nil {
		s.clients = make(map[string]*dialed)
	}
	d := s.clients[api]
	if d == nil {
		d = &dialed{}
		s.clients[api] = d
	}
	s.mu.Unlock()
	d.once.Do(func() {
		cfg, err := s.Options.clientConfig(s.In)
		if err != nil {
			d.err = err
			return
		}
		cfg.Receive = receive
		d.client, d.err = s.Dial(api, cfg)
	})
	return d.client, d.err
}

// clientError is why an api cannot be used at all.
func clientError(err error) *batch.Error {
	kind := batch.KindInput
	if is[*apis.MissingCredentialError](err) || is[*apis.UnsupportedAuthError](err) || is[*apis.InvalidCredentialError](err) {
		kind = batch.KindAuth
	}
	return &batch.Error{Kind: kind, Message: err.Error()}
}

// kindOf names a failure in results.
func kindOf(err error) batch.Kind {
	switch Classify(err) {
	case ClassUsage:
		return batch.KindInput
	case ClassDNS:
		return batch.KindDNS
	case ClassConnect:
		return batch.KindConnect
	case ClassTimeout:
		return batch.KindTimeout
	case ClassTLS, ClassCertificate:
		return batch.KindTLS
	case ClassThrottled:
		return batch.KindThrottled
	case ClassCircuit:
		return batch.KindCircuitOpen
	case ClassInterrupted:
		return batch.KindCancelled
	}
	return batch.KindRead
}
