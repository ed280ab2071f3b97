package fetch

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
		{&limiter.WaitError{}, ClassThrottled},
		{limiter.ErrCircuitOpen, ClassCircuit},
		{limiter.ErrTimeout, ClassTimeout},
		{context.DeadlineExceeded, ClassTimeout},
		{context.Canceled, ClassInterrupted},
		{&apiclient.TooManyRedirectsError{}, ClassRedirects},
		{&config.UnknownAPIError{}, ClassUsage},
		{&config.ForeignOriginError{}, ClassUsage},
		{&credential.MissingError{}, ClassUsage},
		{dial(&net.DNSError{IsNotFound: true}), ClassDNS},
		{dial(syscall.ECONNREFUSED), ClassConnect},
		{dial(syscall.EHOSTUNREACH), ClassConnect},
		{read(syscall.ECONNRESET), ClassReceive},
		{io.ErrUnexpectedEOF, ClassReceive},
		{io.EOF, ClassEmpty},
		{&tls.CertificateVerificationError{Err: io.EOF}, ClassCertificate},
		{tls.RecordHeaderError{}, ClassTLS},
		{&net.OpError{Op: "remote error", Err: tls.AlertError(40)}, ClassTLS},
		{&net.OpError{Op: "proxyconnect", Err: dial(syscall.ECONNREFUSED)}, ClassConnect},
		{&net.OpError{Op: "proxyconnect", Err: dial(&net.DNSError{IsNotFound: true})}, ClassProxyDNS},
		{&net.OpError{Op: "socks connect", Err: errors.New("unknown error connection refused")}, ClassProxy},
		{&net.OpError{Op: "socks connect", Err: os.ErrDeadlineExceeded}, ClassTimeout},
		{&net.OpError{Op: "write", Err: syscall.ECONNRESET}, ClassSend},
		{&net.OpError{Op: "readfrom", Err: &net.OpError{Op: "write", Err: syscall.EPIPE}}, ClassSend},
		{&net.OpError{Op: "readfrom", Err: input.Unreadable(syscall.EIO)}, ClassFile},
		{syscall.EPIPE, ClassSend},
		{&writeError{"the response", syscall.EPIPE}, ClassOther},
		{input.Unreadable(fs.ErrNotExist), ClassFile},
		{input.Wrap(fs.ErrNotExist), ClassUsage},
		{fmt.Errorf("something that net/http says of a response"), ClassReceive},
	}
	for _, tt := range tests {
		err := &url.Error{Op: "Get", URL: "http://x/", Err: fmt.Errorf("send: %w", tt.err)}
		if got := Classify(err); got != tt.want {
			t.Errorf("Classify(%v) = %d, want %d", err, got, tt.want)
		}
	}
}
