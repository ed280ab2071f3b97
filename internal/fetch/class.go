package fetch

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
	ClassOther       Class = iota
	ClassUsage             // the command line, the configuration or the credential is wrong; nothing was sent
	ClassFile              // what was to be sent cannot be read
	ClassDNS               // the name was not resolved
	ClassProxyDNS          // the name of the proxy was not
	ClassConnect           // no connection
	ClassTunnel            // a proxy made no connection
	ClassProxy             // the handshake with a SOCKS proxy failed
	ClassTimeout           // an attempt took too long
	ClassTLS               // the handshake failed
	ClassCertificate       // the server's certificate is not trusted
	ClassRedirects         // too many redirects
	ClassEmpty             // the connection was closed without a response
	ClassSend              // the request could not be sent whole
	ClassReceive           // the response broke off, or is none
	ClassThrottled         // throttled because of a limit until the end
	ClassCircuit           // not sent: the server has been failing for too long
	ClassInterrupted       // given up by the user
)

// Classify finds out what kind of failure an error of a client is.
func Classify(err error) Class {
	switch {
	case is[*PrintError](err), is[*writeError](err):
		return ClassOther // whatever its text looks like: there is some of the response in it
	case is[*input.UnreadableError](err):
		return ClassFile
	case is[*limiter.WaitError](err):
		return ClassThrottled
	case errors.Is(err, limiter.ErrCircuitOpen):
		return ClassCircuit
	case is[*apiclient.ForeignSchemeError](err):
		return ClassOther // curl's unsupported protocol
	case is[*apiclient.TooManyRedirectsError](err):
		return ClassRedirects
	case usage(err):
		return ClassUsage
	case errors.Is(err, context.Canceled):
		return ClassInterrupted
	}
	if token, ok := errors.AsType[*apiclient.TokenError](err); ok {
		return classifyNet(token.Err) // what failed is that request, not the one it was for
	}
	return classifyNet(err)
}

func usage(err error) bool {
	return is[*config.UnknownAPIError](err) || is[*config.Error](err) || is[*config.ForeignOriginError](err) || is[*config.PathError](err) ||
		is[*config.UnsetBaseURLError](err) || is[*config.URLError](err) || is[*config.AmbiguousURLError](err) ||
		is[*input.Error](err) || is[*limiter.OversizeError](err) || is[*httpcheck.UnsendableError](err) || noCredential(err)
}

// noCredential reports whether an error says that there is no credential, or one that cannot be used.
func noCredential(err error) bool {
	token, ok := errors.AsType[*apiclient.TokenError](err)
	if tunnel, ok := errors.AsType[*TunnelError](err); ok && tunnel.Denied() {
		return true
	}
	return ok && token.Denied || is[*credential.MissingError](err) || is[*credential.InvalidError](err) ||
		is[*credential.CommandError](err)
}

func classifyNet(err error) Class {
	var timeout net.Error
	op, isOp := errors.AsType[*net.OpError](err)
	tunnel, isTunnel := errors.AsType[*TunnelError](err)
	switch {
	case isTunnel && tunnel.Status == 0:
		return ClassProxy
	case isTunnel:
		return ClassTunnel
	case is[*net.DNSError](err) && isOp && op.Op == "proxyconnect":
		return ClassProxyDNS
	case is[*net.DNSError](err):
		return ClassDNS
	case errors.Is(err, limiter.ErrTimeout), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return ClassTimeout
	case is[*tls.CertificateVerificationError](err), is[x509.UnknownAuthorityError](err), is[x509.HostnameError](err):
		return ClassCertificate
	case is[tls.RecordHeaderError](err), is[tls.AlertError](err), strings.Contains(err.Error(), "tls: "),
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return ClassTLS
	}
	switch {
	case !isOp:
	case op.Op == "dial", op.Op == "proxyconnect":
		return ClassConnect
	case strings.HasPrefix(op.Op, "socks"):
		return ClassProxy
	case op.Op == "write", op.Op == "readfrom":
		return ClassSend
	}
	return classifyAnswer(err)
}

func classifyAnswer(err error) Class {
	switch {
	case errors.Is(err, syscall.EPIPE):
		return ClassSend
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		is[textproto.ProtocolError](err), strings.Contains(err.Error(), "malformed"):
		return ClassReceive
	case !is[*readError](err) && (errors.Is(err, io.EOF) || strings.Contains(err.Error(), "EOF")):
		return ClassEmpty
	case is[*net.OpError](err), is[*readError](err), is[*url.Error](err):
		return ClassReceive // whatever else net/http finds wrong with a response
	}
	return ClassOther
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
