package proxy

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/arl-cli/arl/pkg/apis"
	"github.com/arl-cli/arl/pkg/limiter"
)

// MetricsPath is where the proxy's metrics are. Nothing below /.arl/ is forwarded.
const MetricsPath = "/.arl/metrics"

// A Config says what a proxy does. API and Dial are required.
type Config struct {
	API string
	// Dial makes the client. wrap goes around the wire.
	Dial func(wrap func(http.RoundTripper) http.RoundTripper) (*apis.Client, error)
	// Hosts are names, beside loopback's, that a Host may have. Remote means that any address may.
	Hosts  []string
	Remote bool
	// Throttles counts attempts that were refused because of a limit; nil means that nobody does.
	Throttles func() int64
}

// A Proxy is the handler. It is safe for use by many goroutines.
type Proxy struct {
	cfg     Config
	client  *apis.Client
	forward *httputil.ReverseProxy
	metrics metrics
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
	if status, why := p.refuse(r); status != 0 {
		say(w, status, "refused", why)
		return
	}
	if rest, ours := strings.CutPrefix(r.URL.Path, "/.arl/"); ours {
		p.own(w, r, rest)
		return
	}
	if _, err := p.target(r.URL); err != nil {
		say(w, http.StatusBadRequest, "refused", err.Error())
		return
	}
	way := &passage{start: time.Now(), host: r.Host}
	r = r.WithContext(way.with(r.Context()))
	if err := buffer(r); err != nil {
		say(w, http.StatusBadRequest, "read", "the request's body broke off")
		return
	}
	p.metrics.flying.Add(1)
	defer p.metrics.flying.Add(-1)
	p.forward.ServeHTTP(w, r)
}

// own serves what is about the proxy itself.
func (p *Proxy) own(w http.ResponseWriter, r *http.Request, name string) {
	if name != strings.TrimPrefix(MetricsPath, "/.arl/") || r.Method != http.MethodGet && r.Method != http.MethodHead {
		say(w, http.StatusNotFound, "refused", "of the proxy itself there is only GET "+MetricsPath)
		return
	}
	var throttles int64
	if p.cfg.Throttles != nil {
		throttles = p.cfg.Throttles()
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_ = p.metrics.write(w, p.cfg.API, throttles, p.client.Snapshot(), time.Now()) // or nobody reads it
}

// target is where a request leads at the API.
func (p *Proxy) target(u *url.URL) (*url.URL, error) {
	path := u.EscapedPath()
	if u.RawQuery != "" || u.ForceQuery {
		path += "?" + u.RawQuery
	}
	return p.client.Profile().URL(path)
}

// rewrite makes the request to the API. Of the client's credentials none is left where the profile has one.
func (p *Proxy) rewrite(pr *httputil.ProxyRequest) {
	out := pr.Out
	out.URL, _ = p.target(pr.In.URL) // ServeHTTP has looked
	out.Host = out.URL.Host
	for _, name := range []string{"Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User"} {
		out.Header.Del(name) // they speak of us
	}
	if out.Header.Get("User-Agent") == "" {
		out.Header.Del("User-Agent")
	}
	if p.client.Credential() == nil {
		return
	}
	out.Header.Del("Authorization")
	auth := p.client.Profile().Auth
	switch {
	case auth == nil:
	case auth.Type == apis.AuthHeader:
		out.Header.Del(auth.Name)
	case auth.Type == apis.AuthQuery && out.URL.Query().Has(auth.Name):
		query := out.URL.Query()
		query.Del(auth.Name)
		out.URL.RawQuery = query.Encode()
	}
}

// A passage is a request on its way.
type passage struct {
	start  time.Time
	host   string // that the client calls us
	report limiter.Report
}

type passageKey struct{}

func (w *passage) with(ctx context.Context) context.Context {
	return limiter.WithReport(context.WithValue(ctx, passageKey{}, w), &w.report)
}

func passageOf(ctx context.Context) *passage {
	if w, ok := ctx.Value(passageKey{}).(*passage); ok {
		return w
	}
	return &passage{start: time.Now()}
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
	return t.p.client.Transport.RoundTrip(req.WithContext(limiter.WithWaits(ctx, waits)))
}

// wire counts what is on the wire.
func (p *Proxy) wire(base http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		p.metrics.waiting.Add(-1)
		defer p.metrics.waiting.Add(1)
		return base.RoundTrip(req)
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
