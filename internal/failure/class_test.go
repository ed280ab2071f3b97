package failure

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/internal/credential"
	"github.com/arl-cli/arl/internal/input"
	"github.com/arl-cli/arl/pkg/limiter"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	read := func(err error) error { return &net.OpError{Op: "read", Net: "tcp", Err: err} }
	tests := []struct {
		err  error
		want Class
	}{
		{&limiter.WaitError{}, Throttled},
		{limiter.ErrCircuitOpen, Circuit},
		{limiter.ErrTimeout, Timeout},
		{context.DeadlineExceeded, Timeout},
		{context.Canceled, Interrupted},
		{&apiclient.TooManyRedirectsError{}, Redirects},
		{&config.UnknownAPIError{}, Usage},
		{&config.ForeignOriginError{}, Usage},
		{&credential.MissingError{}, Usage},
		{dial(&net.DNSError{IsNotFound: true}), DNS},
		{dial(syscall.ECONNREFUSED), Connect},
		{dial(syscall.EHOSTUNREACH), Connect},
		{read(syscall.ECONNRESET), Receive},
		{io.ErrUnexpectedEOF, Receive},
		{io.EOF, Empty},
		{&tls.CertificateVerificationError{Err: io.EOF}, Certificate},
		{tls.RecordHeaderError{}, TLS},
		{&net.OpError{Op: "remote error", Err: tls.AlertError(40)}, TLS},
		{&net.OpError{Op: "proxyconnect", Err: dial(syscall.ECONNREFUSED)}, Connect},
		{&net.OpError{Op: "proxyconnect", Err: dial(&net.DNSError{IsNotFound: true})}, ProxyDNS},
		{&net.OpError{Op: "socks connect", Err: errors.New("unknown error connection refused")}, Proxy},
		{&net.OpError{Op: "socks connect", Err: os.ErrDeadlineExceeded}, Timeout},
		{&net.OpError{Op: "write", Err: syscall.ECONNRESET}, Send},
		{&net.OpError{Op: "readfrom", Err: &net.OpError{Op: "write", Err: syscall.EPIPE}}, Send},
		{&net.OpError{Op: "readfrom", Err: input.Unreadable(syscall.EIO)}, File},
		{syscall.EPIPE, Send},
		{&WriteError{What: "the response", Err: syscall.EPIPE}, Other},
		{input.Unreadable(fs.ErrNotExist), File},
		{input.Wrap(fs.ErrNotExist), Usage},
		{fmt.Errorf("something that net/http says of a response"), Receive},
	}
	for _, tt := range tests {
		err := &url.Error{Op: "Get", URL: "http://x/", Err: fmt.Errorf("send: %w", tt.err)}
		if got := Classify(err); got != tt.want {
			t.Errorf("Classify(%v) = %d, want %d", err, got, tt.want)
		}
	}
}
