package transport

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/arl-cli/arl/internal/input"
)

// tls says whom connections trust, and what they show of the client.
func (o Options) tls() (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: o.Insecure} //nolint:gosec // -k asks for it
	if o.Cert != "" {
		pair, err := clientCertificate(o.Cert, o.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	var err error
	switch {
	case o.CACert != "":
		config.RootCAs, err = trusted(o.CACert)
	case o.bundle() != "" && !o.Insecure:
		if config.RootCAs, err = trusted(o.bundle()); err != nil {
			trustNobody(config, fmt.Errorf("CURL_CA_BUNDLE: %w", err))
			err = nil // as long as nothing is sent over TLS
		}
	}
	return config, err
}

// bundle is the file that the environment names for curl.
func (o Options) bundle() string {
	if o.Getenv == nil {
		return ""
	}
	return o.Getenv("CURL_CA_BUNDLE")
}

// trusted reads the certificates of a PEM file.
func trusted(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, input.Wrap(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, input.Errorf("%s contains no PEM certificate", file)
	}
	return pool, nil
}

// trustNobody makes every handshake fail, whatever the server shows, and say why.
func trustNobody(config *tls.Config, why error) {
	config.InsecureSkipVerify = true // so that it is not the server's certificate that is complained about
	config.VerifyConnection = func(tls.ConnectionState) error { return why }
}
