package transport

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// AcceptEncoding is what --compressed asks for, in curl's words.
const AcceptEncoding = "deflate, gzip, br, zstd"

// maxWindow is how far back zstd may refer on the web, in bytes (RFC 9659): what a response can make a
// decoder remember.
const maxWindow = 8 << 20

// Decompress returns a wire whose responses are decompressed. Their headers stay as they came, but for the
// length, which nobody knows any more.
func Decompress(wire http.RoundTripper) http.RoundTripper { return &decompressing{wire} }

type decompressing struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (d *decompressing) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := d.RoundTripper.RoundTrip(req)
	if err != nil || resp.Body == http.NoBody || req.Method == http.MethodHead {
		return resp, err
	}
	encodings := encodingsOf(resp.Header)
	if len(encodings) == 0 {
		return resp, nil
	}
	resp.Body = &decoder{source: resp.Body, encodings: encodings}
	resp.ContentLength, resp.Uncompressed = -1, true
	return resp, nil
}

// encodingsOf lists what was done to a body, the last first.
func encodingsOf(h http.Header) (out []string) {
	for name := range strings.SplitSeq(strings.Join(h["Content-Encoding"], ","), ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && name != "identity" && name != "none" {
			out = append([]string{name}, out...)
		}
	}
	return out
}

// A decoder decompresses a body. Nothing is read or set up before the first Read: zstd's tables cost a
// while to make.
type decoder struct {
	source    io.ReadCloser
	encodings []string
	r         io.Reader
	err       error
	release   []func()
}

// Read implements io.Reader.
func (d *decoder) Read(p []byte) (int, error) {
	if d.r == nil && d.err == nil {
		d.r, d.err = d.start()
	}
	if d.err != nil {
		return 0, d.err
	}
	return d.r.Read(p)
}

func (d *decoder) start() (io.Reader, error) {
	buffered := bufio.NewReader(d.source)
	if _, err := buffered.Peek(1); err != nil {
		return nil, err // an empty body is no compressed one
	}
	var r io.Reader = buffered
	for _, encoding := range d.encodings {
		var err error
		if r, err = d.layer(encoding, r); err != nil {
			return nil, fmt.Errorf("decompress %s: %w", encoding, err)
		}
	}
	return r, nil
}

func (d *decoder) layer(encoding string, r io.Reader) (io.Reader, error) {
	switch encoding {
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "deflate":
		return inflate(r)
	case "br":
		return brotli.NewReader(r), nil
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		d.release = append(d.release, z.Close)
		return z, nil
	}
	return nil, errors.New("the server used a compression that was not requested")
}

// inflate reads what is called deflate: with zlib's header, or, from some servers, without.
func inflate(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	head, err := b.Peek(2)
	if err != nil {
		return nil, err
	}
	if head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(b)
	}
	return flate.NewReader(b), nil
}

// Close implements io.Closer.
func (d *decoder) Close() error {
	for _, release := range d.release {
		release()
	}
	return d.source.Close()
}
