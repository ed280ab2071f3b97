package fetch

import (
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/terminal"
)

// verbose is a wire that shows every attempt as curl -v does: the connection, the request as it is
// sent, the response's status and headers. Secrets are redacted by value, in what a server echoes too.
type verbose struct {
	base   http.RoundTripper
	w      io.Writer
	redact func(string) string // the client's, set once that is made
}

func (v *verbose) say(mark, format string, args ...any) {
	line := v.redact(fmt.Sprintf(format, args...))
	fmt.Fprintln(v.w, strings.TrimRight(mark+" "+terminal.Plain(line), " "))
}

// RoundTrip implements http.RoundTripper.
func (v *verbose) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), v.trace()))
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	v.say(">", "%s %s", req.Method, req.URL.RequestURI())
	v.say(">", "Host: %s", host)
	v.headers(">", req.Header)
	resp, err := v.base.RoundTrip(req)
	if err != nil {
		v.say("*", "%v", err)
		return nil, err
	}
	v.say("<", "%s %s", resp.Proto, resp.Status)
	v.headers("<", resp.Header)
	return resp, nil
}

func (v *verbose) headers(mark string, h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			v.say(mark, "%s: %s", name, withoutCookie(name, value))
		}
	}
	v.say(mark, "")
}

// withoutCookie hides the values of cookies, which may not be known yet as secrets.
func withoutCookie(name, value string) string {
	switch name {
	case "Cookie":
		return "[redacted]"
	case "Set-Cookie":
		pair, attributes, more := strings.Cut(value, ";")
		pair, _, _ = strings.Cut(pair, "=")
		if more {
			attributes = ";" + attributes
		}
		return pair + "=[redacted]" + attributes
	}
	return value
}

func (v *verbose) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		ConnectStart: func(network, addr string) { v.say("*", "connecting to %s (%s)", addr, network) },
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			if err == nil {
				v.say("*", "%s, %s, ALPN %q", tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite), s.NegotiatedProtocol)
			}
		},
	}
}

// writeDryRun writes the request that would be sent, credentials redacted.
func writeDryRun(w io.Writer, c *apiclient.Client, req *http.Request, data payload) error {
	body := data.body
	if data.stream != nil {
		body = data.stream.preview()
	}
	full, err := c.Prepared(req)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", full.Method, full.URL)
	if full.Host != full.URL.Host {
		fmt.Fprintf(&b, "Host: %s\n", full.Host)
	}
	for _, name := range slices.Sorted(maps.Keys(full.Header)) {
		for _, v := range full.Header[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	for _, encoding := range full.TransferEncoding {
		fmt.Fprintf(&b, "Transfer-Encoding: %s\n", encoding)
	}
	b.WriteByte('\n')
	_, err = io.WriteString(w, c.Redact(b.String()))
	if err != nil || len(body) == 0 {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", c.Redact(string(body)))
	return err
}
