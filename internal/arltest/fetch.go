package arltest

import (
	"crypto/tls"
	"io"
	"net/http"
)

// Fetch returns what a test's own server responds to a GET.
func Fetch(address string) ([]byte, error) {
	c := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the test's own server
	}}
	resp, err := c.Get(address)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}
