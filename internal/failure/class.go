// Package failure classifies the errors of a client: name resolution, connection, TLS, timeout, broken response.
package failure

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/input"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A Class is what kind of failure an error is.
type Class int

// The classes of failures.
const (
	Other       Class = iota
	Usage             // the command line, the configuration or the credential is wrong; nothing was sent
	File              // what was to be sent cannot be read
	DNS               // the name was not resolved
	ProxyDNS          // the name of the proxy was not
	Connect           // no connection
	Tunnel            // a proxy made no connection
	Proxy             // the handshake with a SOCKS proxy failed
	Timeout           // an attempt took too long
	TLS               // the handshake failed
	Certificate       // the server's certificate is not trusted
	Redirects         // too many redirects
	Empty             // the connection was closed without a response
	Send              // the request could not be sent whole
	Receive           // the response broke off, or is none
	Throttled         // throttled because of a limit until the end
	Circuit           // not sent: the server has been failing for too long
	Interrupted       // given up by the user
)

// Classify finds out what kind of failure an error of a client is.
func Classify(err error) Class {
	switch {
	case Is[*PrintError](err), Is[*WriteError](err):
		return Other // whatever its text looks like: there is some of the response in it
	case Is[*input.UnreadableError](err):
		return File
	case Is[*limiter.WaitError](err):
		return Throttled
	case errors.Is(err, limiter.ErrCircuitOpen):
		return Circuit
	case Is[*apiclient.ForeignSchemeError](err):
		return Other // curl's unsupported protocol
	case Is[*apiclient.TooManyRedirectsError](err):
		return Redirects
	case usage(err):
		return Usage
	case errors.Is(err, context.Canceled):
		return Interrupted
	}
	if token, ok := errors.AsType[*apiclient.TokenError](err); ok {
		return classifyNet(token.Err) // what failed is that request, not the one it was for
	}
	return classifyNet(err)
}

func usage(err error) bool {
	return Is[*config.UnknownAPIError](err) || Is[*config.Error](err) || Is[*config.ForeignOriginError](err) || Is[*config.PathError](err) ||
		Is[*config.UnsetBaseURLError](err) || Is[*config.URLError](err) || Is[*config.AmbiguousURLError](err) ||
		Is[*input.Error](err) || errors.Is(err, limiter.ErrTooLarge) || Is[*httpcheck.UnsendableError](err) || NoCredential(err)
}

// NoCredential reports whether an error says that there is no credential, or one that cannot be used.
func NoCredential(err error) bool {
	token, ok := errors.AsType[*apiclient.TokenError](err)
	if tunnel, ok := errors.AsType[*httpcheck.TunnelError](err); ok && tunnel.Denied() {
		return true
	}
	return ok && token.Denied || Is[*credential.MissingError](err) || Is[*credential.LoggedOutError](err) || Is[*credential.InvalidError](err) ||
		Is[*credential.CommandError](err)
}

func classifyNet(err error) Class {
	var timeout net.Error
	op, isOp := errors.AsType[*net.OpError](err)
	tunnel, isTunnel := errors.AsType[*httpcheck.TunnelError](err)
	switch {
	case isTunnel && tunnel.Status == 0:
		return Proxy
	case isTunnel:
		return Tunnel
	case Is[*net.DNSError](err) && isOp && op.Op == "proxyconnect":
		return ProxyDNS
	case Is[*net.DNSError](err):
		return DNS
	case errors.Is(err, limiter.ErrTimeout), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return Timeout
	case Is[*tls.CertificateVerificationError](err), Is[x509.UnknownAuthorityError](err), Is[x509.HostnameError](err):
		return Certificate
	case Is[tls.RecordHeaderError](err), Is[tls.AlertError](err), strings.Contains(err.Error(), "tls: "),
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return TLS
	}
	switch {
	case !isOp:
	case op.Op == "dial", op.Op == "proxyconnect":
		return Connect
	case strings.HasPrefix(op.Op, "socks"):
		return Proxy
	case op.Op == "write", op.Op == "readfrom":
		return Send
	}
	return classifyAnswer(err)
}

func classifyAnswer(err error) Class {
	switch {
	case errors.Is(err, syscall.EPIPE):
		return Send
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		Is[textproto.ProtocolError](err), strings.Contains(err.Error(), "malformed"):
		return Receive
	case !Is[*ReadError](err) && (errors.Is(err, io.EOF) || strings.Contains(err.Error(), "EOF")):
		return Empty
	case Is[*net.OpError](err), Is[*ReadError](err), Is[*url.Error](err):
		return Receive // whatever else net/http finds wrong with a response
	}
	return Other
}

// Is reports whether there is an error of a type in the chain of err.
func Is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
