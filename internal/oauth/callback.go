package oauth

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"time"
)

// DefaultRedirect is where browsers come back to, on a free port.
const DefaultRedirect = "http://127.0.0.1/callback"

// A Callback is a server on this machine that a browser comes back to (RFC 8252, section 7.3).
type Callback struct {
	URL    string // the redirect_uri
	Visits <-chan *Visit

	visits chan *Visit
	path   string
	ended  chan struct{}
	server *http.Server
}

// A Visit is a browser that has come back. It waits for a page.
type Visit struct {
	Query url.Values
	page  chan page
}

// A page is what a browser shows.
type page struct {
	status int
	text   string
}

// Reply shows a page. It may be called once.
func (v *Visit) Reply(status int, text string) { v.page <- page{status, text} }

const (
	// visitTimeout bounds how long a browser takes to say where it comes back to.
	visitTimeout = 10 * time.Second
	// farewell is how long a browser may take to receive the last page.
	farewell = 2 * time.Second
)

// Listen waits for browsers at a URL on this machine: at its port, or at a free one if it names none.
func Listen(ctx context.Context, redirect string) (*Callback, error) {
	u, err := url.Parse(redirect)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	host := u.Hostname()
	if host == "localhost" {
		host = "127.0.0.1"
	}
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(host, cmp.Or(u.Port(), "0")))
	if err != nil {
		return nil, err
	}
	listeners := []net.Listener{l}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, err
	}
	if u.Hostname() == "localhost" { // browsers try both
		if six, err := lc.Listen(ctx, "tcp", net.JoinHostPort("::1", port)); err == nil {
			listeners = append(listeners, six)
		}
	}
	u.Host = net.JoinHostPort(u.Hostname(), port)
	c := newCallback(u)
	for _, l := range listeners {
		go func() { _ = c.server.Serve(l) }() // until Close
	}
	return c, nil
}

func newCallback(u *url.URL) *Callback {
	visits := make(chan *Visit)
	c := &Callback{URL: u.String(), Visits: visits, visits: visits, path: cmp.Or(u.Path, "/"), ended: make(chan struct{})}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: visitTimeout, MaxHeaderBytes: 64 << 10}
	return c
}

// ServeHTTP lets a visit wait until it has been looked at.
func (c *Callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != c.path || r.Method != http.MethodGet { // browsers ask for icons, too
		http.NotFound(w, r)
		return
	}
	v := &Visit{Query: r.URL.Query(), page: make(chan page, 1)}
	select {
	case c.visits <- v:
	case <-c.ended:
		writePage(w, page{http.StatusGone, "The login is over. You can close this window."})
		return
	case <-r.Context().Done():
		return
	}
	select {
	case p := <-v.page:
		writePage(w, p)
	case <-r.Context().Done():
	}
}

// writePage writes a page whose text nobody has to trust.
func writePage(w http.ResponseWriter, p page) {
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	head.Set("Referrer-Policy", "no-referrer") // the code is in the URL
	head.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.status)
	fmt.Fprintf(w, `<!doctype html><meta charset="utf-8"><title>arl</title>
<body style="font-family: sans-serif; max-width: 32em; margin: 4em auto; padding: 0 1em">
<h1>arl</h1><p>%s</p>
`, html.EscapeString(p.text))
}

// Close stops waiting, once the last page has arrived.
func (c *Callback) Close() {
	close(c.ended)
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if c.server.Shutdown(ctx) != nil {
		_ = c.server.Close()
	}
}
