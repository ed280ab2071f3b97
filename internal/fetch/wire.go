package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// WireOptions say how connections are made.
type WireOptions struct {
	Insecure       bool          // -k
	CACert         string        // --cacert: a file of PEM certificates to trust instead of the system's
	ConnectTimeout time.Duration // 0 means none but the system's
	Proxy          string        // -x; empty: as the environment says
	Connections    int           // kept alive per host
}

// NewWire returns the transport that makes connections.
func NewWire(o WireOptions) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: o.ConnectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        0,
		MaxIdleConnsPerHost: max(o.Connections, 2),
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: o.ConnectTimeout,
		DisableCompression:  true, // an answer is passed on as it came
		ReadBufferSize:      16 << 10,
	}
	if o.Proxy != "" {
		u, err := proxyURL(o.Proxy)
		if err != nil {
			return nil, err
		}
		t.Proxy = http.ProxyURL(u)
	}
	if o.Insecure || o.CACert != "" {
		config, err := o.tls()
		if err != nil {
			return nil, err
		}
		t.TLSClientConfig = config
	}
	return t, nil
}

// proxyURL reads a proxy as curl does: without a scheme it is an HTTP proxy.
func proxyURL(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return nil, &InputError{errors.New("the proxy is not a URL such as http://127.0.0.1:3128")}
	}
	return u, nil
}

func (o WireOptions) tls() (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: o.Insecure} //nolint:gosec // -k asks for it
	if o.CACert == "" {
		return config, nil
	}
	pem, err := os.ReadFile(o.CACert)
	if err != nil {
		return nil, &InputError{err}
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, &InputError{fmt.Errorf("%s holds no PEM certificate", o.CACert)}
	}
	return config, nil
}
