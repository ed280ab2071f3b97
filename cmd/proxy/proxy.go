// Package proxy is arl proxy: an API on loopback, rate-limited and with credentials.
package proxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/proxy"
	"github.com/arl-cli/arl/internal/transport"
)

// proxyOptions are the options of proxy.
type proxyOptions struct {
	env    *cli.Env
	global *cli.GlobalOptions
	session.SendOptions
	API         string
	Listen      string
	AllowRemote bool
	AllowHosts  []string
}

// NewCmd makes the command proxy.
func NewCmd(e *cli.Env, g *cli.GlobalOptions) *cobra.Command {
	o := &proxyOptions{env: e, global: g}
	c := &cobra.Command{
		Use:     "proxy <api>",
		GroupID: "requests",
		Short:   "Serve an API on loopback for other programs, rate-limited and with credentials",
		Long: `Serve an API at a base URL on loopback. Requests from any program are sent to the API
through its rate limiter, with the profile's headers and credential, and retried where
that is safe. All arl processes share one limit. Use the address as the base URL of a
client; it is not an HTTP_PROXY. A path that already begins with the path of base_url
(/v1/users for https://api.notion.com/v1) is used as it is, because many clients add the
version themselves.

Responses are passed on as they arrive, streams included. A request that would have to
wait for a limit longer than --max-wait gets 429 with Retry-After: set --max-wait below
the timeout of your client. A client that disconnects no longer waits. A body of up to 1
MiB is kept for retries; a larger one is streamed, and not retried. A client that pauses
for 30 seconds within a body, or sends less than 500 bytes per second on average, gets 408.
The profile's credential replaces the Authorization header of the client; if the profile
has none, that header is passed on. Redirects and Link headers are rewritten to point to
the proxy.

Every program that can connect to the proxy uses your credential, programs of other users
of this machine included. The proxy listens only on loopback unless --allow-remote is
given, and rejects requests from web pages (403), other Host names than its own (421), and
TRACE (405). Its own responses are JSON with "source": "arl proxy": 429 for limits, 502
and 504 if the API does not respond, with the kind of failure as in the results of a batch,
and 503 while it shuts down. GET ` + proxy.MetricsPath + ` returns metrics for Prometheus, and is not
forwarded.

The first Ctrl-C stops accepting requests and waits for those in flight; press it again to
abort. See docs/proxy.md.`,
		Example: `  arl proxy notion
  arl proxy github --listen 127.0.0.1:8081 --rate 5/s
  arl proxy sandbox --listen 127.0.0.1:0`,
		Annotations:       cli.Brief(briefHelp, commonOptions),
		Args:              cli.ExactArgs("<api>"),
		ValidArgsFunction: session.CompleteAPI(e, g, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(c *cobra.Command, args []string) error {
			o.API = args[0]
			o.AgentGiven = c.Flags().Changed("user-agent")
			if err := cmp.Or(cli.Nameless(c.Flags()), o.Check()); err != nil {
				return err
			}
			return runProxy(c.Context(), o)
		},
	}
	f := c.Flags()
	o.AddFlags(f, e.In)
	f.StringVar(&o.Listen, "listen", "127.0.0.1:8080", "Listen on `ADDRESS`; port 0 chooses a free port")
	f.BoolVar(&o.AllowRemote, "allow-remote", false, "Listen on an address that other machines can reach; all of them use your credential")
	f.Var((*cli.StringsValue)(&o.AllowHosts), "allow-host", "Also accept requests for this host `NAME`; may be repeated")
	o.MaxWait = session.DefaultMaxWait
	f.Var((*cli.DurationValue)(&o.MaxWait), "max-wait", "Respond with 429 if limits require a longer wait; `DURATION` is the total for a request, 0 means no limit")
	return c
}

// runProxy serves until it is told to stop.
func runProxy(ctx context.Context, o *proxyOptions) error {
	if err := o.checkListen(ctx); err != nil {
		return err
	}
	debug.SetGCPercent(400) // a few MiB for a tenth of the CPU
	o.Connections = 256
	s, err := session.Open(o.env, o.global, &o.SendOptions)
	if err != nil {
		return err
	}
	defer s.Close(true)
	if w, ok := s.Wire.(*transport.Wire); ok {
		proxy.KeepHeads(w.Transport)
	}
	p, err := o.proxy(ctx, s)
	if err != nil {
		return cli.InterruptedOr(err)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return listenFailure(o.Listen, err)
	}
	if err := o.checkBase(ctx, s, ln.Addr()); err != nil {
		_ = ln.Close() // no client has used it
		return err
	}
	return o.serve(s, ln, p)
}

func (o *proxyOptions) proxy(ctx context.Context, s *session.Session) (*proxy.Proxy, error) {
	ctx, stop := cli.Interruptible(ctx) // while a program is asked for the credential
	defer stop()
	var options fetch.Options
	o.Apply(&options)
	cfg, err := options.ClientConfig(o.env.In)
	if err != nil {
		return nil, cli.Usagef("", "%v", err)
	}
	cfg.Context = ctx
	cfg.NoTrace = true   // each request is part of its sender's, which it says itself
	o.Cache.Given = true // the profile's is not meant: a program behind the proxy has a cache of its own, or wants none
	hosts := o.AllowHosts
	if name, err := os.Hostname(); err == nil && o.AllowRemote {
		hosts = append(hosts, name)
	}
	return proxy.New(proxy.Config{
		API: o.API, Hosts: hosts, Remote: o.AllowRemote, Throttles: s.Throttled.Load,
		Warn: s.Messages.Warn,
		Dial: func(wrap func(http.RoundTripper) http.RoundTripper) (*apiclient.Client, error) {
			return s.Dial(o.API, cfg, wrap)
		},
	})
}

// checkListen rejects an address that other machines reach, without --allow-remote.
func (o *proxyOptions) checkListen(ctx context.Context) error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return cli.Usagef("such as 127.0.0.1:8080", "--listen %s: %v", o.Listen, err)
	}
	if o.AllowRemote {
		return nil
	}
	addresses, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if host == "" || err == nil && len(addresses) == 0 {
		addresses, err = []net.IPAddr{{IP: net.IPv4zero}}, nil
	}
	if err != nil {
		return cli.Usagef("such as 127.0.0.1:8080", "--listen %s: %v", o.Listen, err)
	}
	for _, a := range addresses {
		if !a.IP.IsLoopback() {
			return cli.Usagef("127.0.0.1:8080 can be reached only from this machine; with --allow-remote every client uses your credential",
				"--listen %s: other machines can reach that address", o.Listen)
		}
	}
	return nil
}

// checkBase rejects a base_url that leads to the proxy itself: each request would make another one, without end.
func (o *proxyOptions) checkBase(ctx context.Context, s *session.Session, at net.Addr) error {
	profile, err := s.Registry.Profile(o.API)
	if err != nil {
		return err
	}
	base, err := url.Parse(profile.BaseURL)
	if err != nil {
		return err
	}
	own, ok := at.(*net.TCPAddr)
	port := base.Port()
	if port == "" && base.Scheme == "http" {
		port = "80"
	}
	if !ok || base.Scheme != "http" || port != strconv.Itoa(own.Port) {
		return nil
	}
	addresses, _ := net.DefaultResolver.LookupIPAddr(ctx, base.Hostname()) // or requests fail
	for _, a := range addresses {
		if a.IP.Equal(own.IP) || own.IP.IsUnspecified() && a.IP.IsLoopback() {
			return cli.Usagef("choose another --listen address, or correct base_url", "base_url of %s is %s, the address of this proxy itself", o.API, at)
		}
	}
	return nil
}

// wsaAddrInUse is what Windows calls EADDRINUSE, which package syscall does not know there. Elsewhere no error has it.
const wsaAddrInUse = syscall.Errno(10048)

func listenFailure(address string, err error) error {
	f := &cli.Error{Message: fmt.Sprintf("listen on %s: %v", address, err), Code: cli.ExitOther, Err: err}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		f.Message = fmt.Sprintf("listen on %s: %v", address, op.Err)
	}
	if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaAddrInUse) {
		f.Message = fmt.Sprintf("listen on %s: something else listens there", address)
		f.Hint = "--listen 127.0.0.1:0 takes a free port"
	}
	return f
}

// announce says where the proxy is. Whoever reads that may end it at once, so signals are minded by then.
func (o *proxyOptions) announce(s *session.Session, at net.Addr) {
	fmt.Fprintf(o.env.Out, "http://%s\n", at)
	if !o.Silent {
		s.Messages.Say("proxy for %s; metrics at http://%s%s; press Ctrl-C to stop", o.API, at, proxy.MetricsPath)
	}
	if o.AllowRemote {
		s.Messages.Warn("any client that can connect to " + at.String() + " uses the credential of " + o.API)
	}
}

// serve serves until the first signal, then lets what was sent come to its end, until the second.
func (o *proxyOptions) serve(s *session.Session, ln net.Listener, p *proxy.Proxy) error {
	server := &http.Server{
		Handler: p, ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 5 * time.Minute, ErrorLog: log.New(io.Discard, "", 0),
	}
	drained := make(chan error, 1)
	stop := cli.OnSignals(func(n int) {
		switch n {
		case 1:
			if !o.Silent {
				s.Messages.Say("interrupted: finishing in-flight requests; press Ctrl-C again to abort")
			}
			p.Drain()
			go func() { drained <- server.Shutdown(context.Background()) }()
		case 2:
			_ = server.Close() // ends Shutdown too
			drained <- context.Canceled
		}
	})
	defer stop()
	o.announce(s, ln.Addr())
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	if err := <-drained; err != nil {
		return &cli.Error{Silent: true, Code: cli.ExitInterrupted}
	}
	return nil
}
