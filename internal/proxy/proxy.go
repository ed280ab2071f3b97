package proxy

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/sendctx"
)

// MetricsPath is where the proxy's metrics are. Nothing below /.arl/ is forwarded.
const MetricsPath = "/.arl/metrics"

// A Config says what a proxy does. API and Dial are required.
type Config struct {
	API string
	// Dial makes the client. wrap goes around the wire.
	Dial func(wrap func(http.RoundTripper) http.RoundTripper) (*apiclient.Client, error)
	// Hosts are names, beside loopback's, that a Host may have. Remote means that any address may.
	Hosts  []string
	Remote bool
	// Throttles counts attempts that were throttled because of a limit; nil means that nobody does.
	Throttles func() int64
	// Warn is told, once, of a client that is not set up right, for many show no message of a proxy; nil discards it.
	Warn func(message string)
}

// A Proxy is the handler. It is safe for use by many goroutines.
type Proxy struct {
	cfg     Config
	client  *apiclient.Client
	root    string // path of base_url, without a slash at its end
	forward *httputil.ReverseProxy
	metrics metrics
	misused sync.Once       // as HTTP_PROXY
	drain   context.Context // ends when nothing new is to be sent
	stop    context.CancelFunc
}

// New returns a proxy. It fails as Dial does.
func New(cfg Config) (*Proxy, error) {
	p := &Proxy{cfg: cfg}
	p.drain, p.stop = context.WithCancel(context.Background())
	var err error
	if p.client, err = cfg.Dial(p.wire); err != nil {
		return nil, err
	}
	base, err := p.client.Profile().URL("")
	if err != nil {
		return nil, err
	}
	p.root = strings.TrimSuffix(base.EscapedPath(), "/")
	p.forward = &httputil.ReverseProxy{
		Rewrite: p.rewrite, Transport: &tripper{p}, ModifyResponse: p.home, ErrorHandler: p.fail,
		BufferPool: &pool{}, ErrorLog: log.New(io.Discard, "", 0), // who breaks off is no news
	}
	return p, nil
}

// Drain ends all waits for limits: what waits is answered with 503, what was sent comes to its end.
func (p *Proxy) Drain() { p.stop() }

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := timeBody(w, r)
	defer body.leave()
	if status, why := p.reject(r); status != 0 {
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
		}
		say(w, status, "throttled", why)
		return
	}
	if rest, ours := strings.CutPrefix(r.URL.Path, "/.arl/"); ours {
		p.own(w, r, rest)
		return
	}
	if _, err := p.target(r.URL); err != nil {
		say(w, http.StatusBadRequest, "throttled", err.Error())
		return
	}
	way := &passage{start: time.Now(), host: r.Host, body: body}
	r = r.WithContext(way.with(r.Context()))
	if !body.ended {
		r.Body = body
	}
	p.metrics.flying.Add(1)
	defer p.metrics.flying.Add(-1)
	if err := p.receive(w, r, body); err != nil {
		p.fail(w, r, err)
		return
	}
	r.Header.Del("Upgrade") // an offer that is not accepted
	p.forward.ServeHTTP(&plainWriter{w, r.ProtoAtLeast(1, 1)}, r)
}

// receive reads the body of a request as far as it is held; not while the proxy stops, since nothing was sent yet.
func (p *Proxy) receive(w http.ResponseWriter, r *http.Request, body *timedBody) error {
	if body.ended {
		return nil
	}
	defer context.AfterFunc(p.drain, body.expire)()
	err := buffer(r)
	if err == nil && r.GetBody == nil {
		_ = http.NewResponseController(w).EnableFullDuplex() // the API may respond before all of the body has come
	}
	return err
}

// own serves what is about the proxy itself.
func (p *Proxy) own(w http.ResponseWriter, r *http.Request, name string) {
	if name != strings.TrimPrefix(MetricsPath, "/.arl/") || r.Method != http.MethodGet && r.Method != http.MethodHead {
		say(w, http.StatusNotFound, "throttled", "of the proxy itself there is only GET "+MetricsPath)
		return
	}
	var throttles int64
	if p.cfg.Throttles != nil {
		throttles = p.cfg.Throttles()
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_ = p.metrics.write(w, p.cfg.API, throttles, p.client.Snapshot(), time.Now()) // or nobody reads it
}

// A passage is a request on its way.
type passage struct {
	start  time.Time
	host   string // that the client calls us
	body   *timedBody
	report sendctx.Report
}

type passageKey struct{}

func (w *passage) with(ctx context.Context) context.Context {
	return sendctx.WithReport(context.WithValue(ctx, passageKey{}, w), &w.report)
}

func passageOf(ctx context.Context) *passage {
	if w, ok := ctx.Value(passageKey{}).(*passage); ok {
		return w
	}
	return &passage{start: time.Now(), body: &timedBody{}}
}

// tripper hands requests to the client's transport.
type tripper struct{ p *Proxy }

// RoundTrip implements http.RoundTripper.
func (t *tripper) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	waits, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.p.drain, cancel)()
	t.p.metrics.waiting.Add(1)
	defer t.p.metrics.waiting.Add(-1)
	return t.p.client.Transport.RoundTrip(req.WithContext(sendctx.WithWaits(ctx, waits)))
}

// wire counts what is on the wire.
func (p *Proxy) wire(base http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		p.metrics.waiting.Add(-1)
		defer p.metrics.waiting.Add(1)
		return exchange(base, req)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// pool lends buffers to what is copied.
type pool struct{ buffers sync.Pool }

// Get implements httputil.BufferPool.
func (b *pool) Get() []byte {
	if buf, ok := b.buffers.Get().(*[]byte); ok {
		return *buf
	}
	return make([]byte, 32<<10)
}

// Put implements httputil.BufferPool.
func (b *pool) Put(buf []byte) { b.buffers.Put(&buf) }
