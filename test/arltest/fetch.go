package arltest

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
)

// Fetch returns what a test's own server responds to a GET.
func Fetch(address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	c := trusting()
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// trusting is a client that takes any certificate: a test's own server has it.
func trusting() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the test's own server
	}}
}
