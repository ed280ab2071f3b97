// Package transport makes connections, as curl does, and sends each request once: proxies, addresses, TLS, HTTP/1.1 and
// HTTP/2, decompression.
package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/input"
)

// Options say how connections are made.
type Options struct {
	Insecure       bool          // -k
	CACert         string        // --cacert: a file of PEM certificates to trust instead of the system's
	ConnectTimeout time.Duration // for each step to a connection; 0 means 30 s
	Proxy          *string       // -x; nil: as the environment says; empty: none
	Getenv         func(string) string
	Cert, Key      string   // -E, --key
	UnixSocket     string   // --unix-socket
	Resolve        []string // --resolve
	Network        Network  // -4, -6
	Interface      string   // --interface: an address of this machine, or the name of an interface
	HTTP1          bool     // --http1.1
	UserAgent      string   // told to a proxy
	Connections    int      // kept alive per host
	MaxIdle        int      // kept alive in all; 0: no bound
	ReceiveBuffer  int      // bytes that an HTTP/2 server may send ahead, all streams together; 0: as net/http has it
}

// A Wire makes connections, and sends each request once.
type Wire struct {
	*http.Transport

	http2 *http2Conns // nil with HTTP/1.1 alone
}

// RoundTrip implements http.RoundTripper.
func (w *Wire) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.Transport.RoundTrip(req)
	if err != nil {
		return nil, socksError(err)
	}
	if resp.ProtoMajor == 1 {
		unveil(resp.Header)
	}
	switch {
	case resp.StatusCode < 100:
		err = fmt.Errorf("malformed HTTP response: %03d is not a status", resp.StatusCode)
	case resp.StatusCode == http.StatusSwitchingProtocols && req.Header.Get("Upgrade") == "":
		err = errors.New("malformed HTTP response: it switches protocols without being asked")
	default:
		return resp, nil
	}
	resp.Body.Close()
	return nil, err
}

// New returns the transport that makes connections.
func New(o Options) (*Wire, error) {
	patience := o.ConnectTimeout
	if patience <= 0 {
		patience = connectPatience
	}
	local, err := localAddress(o.Interface, o.Network)
	if err != nil {
		return nil, err
	}
	d, err := newDialer(net.Dialer{Timeout: patience, KeepAlive: 30 * time.Second, LocalAddr: local}, o.UnixSocket, o.Resolve)
	if err != nil {
		return nil, err
	}
	d.net = o.Network
	via := &proxies{}
	t := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := d.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &lenient{Conn: via.guard(conn, address, patience)}, nil
		},
		MaxIdleConns:        o.MaxIdle,
		MaxIdleConnsPerHost: max(o.Connections, 2),
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: patience,
		DisableCompression:  true, // a response is passed on as it came
		// What servers send in good faith is a hundredth of that; curl takes 300 KB.
		MaxResponseHeaderBytes: maxHeader,
		ReadBufferSize:         16 << 10,

		OnProxyConnectResponse: tunnelled,
	}
	proxy, err := o.proxy()
	if err != nil {
		return nil, err
	}
	t.Proxy = via.noting(proxy)
	if o.UserAgent != "" {
		t.ProxyConnectHeader = http.Header{"User-Agent": {o.UserAgent}}
	}
	if o.HTTP1 {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP1(true)
	}
	if o.Insecure || o.CACert != "" || o.Cert != "" || o.bundle() != "" {
		if t.TLSClientConfig, err = o.tls(); err != nil {
			return nil, err
		}
	}
	t.DialTLSContext = dialTLS(t, d, patience)
	w := &Wire{Transport: t}
	if !o.HTTP1 && !o.debugs("http2client=0") {
		w.http2 = useHTTP2(t, o.receiveAhead())
		w.http2.mostIdle = o.MaxIdle
	}
	return w, nil
}

// debugs reports whether GODEBUG has a setting, such as the one that turns HTTP/2 off.
func (o Options) debugs(setting string) bool {
	return o.Getenv != nil && slices.Contains(strings.Split(o.Getenv("GODEBUG"), ","), setting)
}

// What HTTP/2 allows as windows, in bytes.
const (
	leastWindow = 64 << 10
	mostWindow  = 4 << 20 // net/http's
)

// maxHeader is how large the headers of a response may be, in bytes.
const maxHeader = 1 << 20

// receiveAhead bounds what a server may send that nobody has read: streams that wait for memory would fill up
// otherwise.
func (o Options) receiveAhead() http.HTTP2Config {
	if o.ReceiveBuffer == 0 {
		return http.HTTP2Config{}
	}
	perStream := min(max(o.ReceiveBuffer/max(o.Connections, 1), leastWindow), mostWindow)
	return http.HTTP2Config{MaxReceiveBufferPerStream: perStream, MaxReceiveBufferPerConnection: max(o.ReceiveBuffer, leastWindow)}
}

// proxy says which proxy a request takes.
func (o Options) proxy() (proxyFunc, error) {
	switch {
	case o.UnixSocket != "", o.Proxy != nil && *o.Proxy == "":
		return nil, nil
	case o.Proxy != nil:
		u, err := proxyURL(*o.Proxy)
		if err != nil {
			return nil, err
		}
		return unless(o.Getenv, http.ProxyURL(u)), nil
	case o.Getenv == nil:
		return nil, nil
	}
	return unless(o.Getenv, proxyFromEnv(o.Getenv)), nil
}

// proxyURL reads a proxy as curl does: without a scheme it is an HTTP proxy.
func proxyURL(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return nil, input.Errorf("the proxy is not a URL such as http://127.0.0.1:3128")
	}
	if err := httpcheck.CheckPort(u); err != nil {
		return nil, input.Errorf("the proxy: %w", err)
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	case "socks":
		u.Scheme = "socks5"
	default:
		return nil, input.Errorf("the scheme of the proxy must be http, https, socks5 or socks5h")
	}
	if u.Port() == "" && u.Scheme != "https" {
		u.Host = net.JoinHostPort(u.Hostname(), "1080") // curl's default
	}
	return u, nil
}
