package fetch

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/ui"
	"github.com/arl-cli/arl/pkg/apis"
)

// withTrace writes, for every attempt, the connection and the headers that are really sent, like
// curl -v. Secrets are redacted by value.
func withTrace(ctx context.Context, c *apis.Client, w io.Writer) context.Context {
	say := func(mark, format string, args ...any) {
		line := apis.Redact(fmt.Sprintf(format, args...), c.Secrets()...)
		fmt.Fprintf(w, "%s %s\n", mark, ui.Plain(line))
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectStart: func(network, addr string) { say("*", "connecting to %s (%s)", addr, network) },
		GotConn: func(info httptrace.GotConnInfo) {
			if info.Conn != nil {
				say("*", "connected to %s (reused: %v)", info.Conn.RemoteAddr(), info.Reused)
			}
		},
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			if err == nil {
				say("*", "%s, %s, ALPN %s", tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite), s.NegotiatedProtocol)
			}
		},
		WroteHeaderField: func(name string, values []string) {
			for _, v := range values {
				say(">", "%s: %s", name, v)
			}
		},
		WroteRequest: func(httptrace.WroteRequestInfo) { say(">", "") },
	})
}

// VerboseAnswer writes an answer's status and headers like curl -v.
func VerboseAnswer(w io.Writer, resp *http.Response) {
	fmt.Fprintf(w, "< %s %s\n", resp.Proto, ui.Plain(resp.Status))
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		for _, v := range resp.Header[name] {
			fmt.Fprintf(w, "< %s: %s\n", name, ui.Plain(v))
		}
	}
	fmt.Fprintln(w, "<")
}

// writeDryRun writes the request that would be sent, credentials redacted.
func writeDryRun(w io.Writer, c *apis.Client, req *http.Request, body []byte) error {
	full := c.Prepared(req)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", full.Method, full.URL)
	for _, name := range slices.Sorted(maps.Keys(full.Header)) {
		for _, v := range full.Header[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, apis.Redact(b.String(), c.Secrets()...))
	if err != nil || len(body) == 0 {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", apis.Redact(string(body), c.Secrets()...))
	return err
}
