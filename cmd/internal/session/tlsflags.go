package session

import (
	"cmp"
	"time"

	"github.com/spf13/pflag"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/transport"
)

// wireFlags say how connections are made: certificates, proxies, addresses, versions.
type wireFlags struct {
	Insecure       bool
	ConnectTimeout time.Duration
	CACert         string
	Cert, Key      string
	Proxy          optional
	Resolve        []string
	UnixSocket     string
	HTTP1, HTTP2   bool
	Compressed     bool
	addresses
}

// AddServerFlags adds the flags of commands that speak with an authorization server alone.
func (o *wireFlags) AddServerFlags(f *pflag.FlagSet) {
	f.BoolVarP(&o.Insecure, "insecure", "k", false, "Accept any TLS certificate")
	f.StringVar(&o.CACert, "cacert", "", "Trust the certificates in this PEM `FILE` instead of the system's")
	f.VarP(&o.Proxy, "proxy", "x", "Use this proxy `URL` (http, https, socks5, with user:password@); '' uses none")
}

func (o *wireFlags) addFlags(f *pflag.FlagSet) {
	o.AddServerFlags(f)
	f.Var((*cli.DurationValue)(&o.ConnectTimeout), "connect-timeout", "Allow `DURATION` for connecting, such as 5 (seconds) or 500ms")
	f.StringVarP(&o.Cert, "cert", "E", "", "Use this client certificate: a PEM `FILE[:PASSWORD]`")
	f.StringVar(&o.Key, "key", "", "Read the key of the client certificate from `FILE`")
	f.Var((*cli.StringsValue)(&o.Resolve), "resolve", "Connect to ADDRESS instead of HOST:PORT (`HOST:PORT:ADDRESS`); * is any host")
	f.StringVar(&o.UnixSocket, "unix-socket", "", "Connect to the Unix socket `FILE`")
	o.addresses.addFlags(f)
	accepted{}.addFlags(f)
	f.BoolVar(&o.HTTP1, "http1.1", false, "Use HTTP/1.1, not HTTP/2")
	f.BoolVar(&o.HTTP2, "http2", false, "Use HTTP/2 over TLS if the server supports it (the default)")
	f.BoolVar(&o.Compressed, "compressed", false, "Request a compressed response and decompress it (gzip, deflate, br, zstd)")
}

func (o *wireFlags) check() error {
	switch {
	case o.ConnectTimeout < 0:
		return cli.Usagef("0 means no limit", "--connect-timeout must not be negative")
	case o.Key != "" && o.Cert == "":
		return cli.Usagef("name the certificate with -E FILE", "--key needs -E")
	}
	return nil
}

func (o *SendOptions) wire(e *cli.Env) transport.Options {
	return transport.Options{
		Insecure: o.Insecure, CACert: o.CACert, Cert: o.Cert, Key: o.Key,
		Proxy: o.Proxy.given, Getenv: e.Getenv, Resolve: o.Resolve, UnixSocket: o.UnixSocket,
		HTTP1: o.HTTP1 && !o.HTTP2, ConnectTimeout: o.ConnectTimeout, Connections: o.Connections, MaxIdle: o.MaxIdle,
		Network: o.network(), Interface: o.Interface,
		ReceiveBuffer: o.Received, UserAgent: cmp.Or(o.UserAgent, e.Agent()),
	}
}

// optional is a flag whose value may be empty, which is not the same as none.
type optional struct{ given *string }

// String implements pflag.Value.
func (o *optional) String() string {
	if o.given == nil {
		return ""
	}
	return *o.given
}

// Type implements pflag.Value.
func (o *optional) Type() string { return "string" }

// Set implements pflag.Value.
func (o *optional) Set(s string) error {
	o.given = &s
	return nil
}
