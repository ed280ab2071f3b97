package transport

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/failure"
	"github.com/arl-cli/arl/pkg/limiter"
)

// What curl reads is read, and connections are kept all the same.
func TestLenientHeads(t *testing.T) {
	t.Parallel()
	chunks := "2\r\n{}\r\n0\r\n\r\n"
	tests := map[string]string{
		"plain":                  "Content-Length: 2\r\n\r\n{}",
		"identity":               "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
		"identity, then chunked": "Transfer-Encoding: identity, chunked\r\n\r\n" + chunks,
		"chunked twice":          "Transfer-Encoding: chunked\r\nTransfer-Encoding: Chunked\r\n\r\n" + chunks,
		"length twice":           "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
		"length as a list":       "Content-Length: 2, 2\r\n\r\n{}",
		"space before the colon": "Content-Length : 2\r\n\r\n{}",
		"names that are none":    "X(y): 1\r\nX y: 2\r\n\xc3\xa4: 3\r\n: 4\r\nX[]: 5\r\nContent-Length: 2\r\n\r\n{}",
		"bad trailers":           "Trailer: Content-Length\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
		"lines without returns":  "Content-Length: 2, 2\n\n{}",
		"after interim ones":     "Content-Length: 2, 2\r\n\r\n{}",
		"no transfer encoding":   "Transfer-Encoding: none\r\nContent-Length: 2\r\n\r\n{}",
		"length with a fraction": "Content-Length: 2.0\r\n\r\n{}",
		"length with a sign":     "Content-Length: +2\r\n\r\n{}",
		"length and more":        "Content-Length: 2;x, 2 2\r\n\r\n{}",
		"length that is none":    "Content-Length: 99999999999999999999\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
		"control characters":     "X: a\x01b\rc\x1b]0;d\x07\x7f\xc0@\r\nContent-Length: 2\r\n\r\n{}",
		"HTTP/2 in words":        "Content-Length: 2\r\n\r\n{}",
		"http/1.1":               "Content-Length: 2\r\n\r\n{}",
	}
	for name, response := range tests {
		for _, secure := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				text := "HTTP/1.1 200 OK\r\n" + response
				if name == "after interim ones" {
					text = "HTTP/1.1 103 Early\r\nX(y): 1\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + text
				}
				switch name {
				case "HTTP/2 in words":
					text = "HTTP/2 200OK\r\n" + response
				case "http/1.1":
					text = "http/1.1  200\r\n" + response
				}
				conns := 0
				serve := func(conn net.Conn) {
					conns++
					r := bufio.NewReader(conn)
					for {
						req, err := http.ReadRequest(r)
						if err != nil {
							return
						}
						_, _ = io.Copy(io.Discard, req.Body)
						_, _ = io.WriteString(conn, text)
					}
				}
				url := "http://" + listen(t, serve)
				if secure {
					url = "https://" + listen(t, overTLS(t, serve))
				}
				wire, err := New(Options{Insecure: true})
				if err != nil {
					t.Fatal(err)
				}
				c := &http.Client{Transport: wire}
				for range 2 {
					resp, err := c.Post(url, "text/plain", strings.NewReader("x"))
					if err != nil {
						t.Fatal(err)
					}
					body, err := io.ReadAll(resp.Body)
					resp.Body.Close()
					if string(body) != "{}" || err != nil {
						t.Errorf("%q, %v", body, err)
					}
					if want := "a\x01b\rc\x1b]0;d\x07\x7f\xc0@"; name == "control characters" && resp.Header.Get("X") != want {
						t.Errorf("X is %q, want %q", resp.Header.Get("X"), want)
					}
				}
				if conns != 1 {
					t.Errorf("%d connections, want 1", conns)
				}
			})
		}
	}
}

func overTLS(t *testing.T, serve func(net.Conn)) func(net.Conn) {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}} //nolint:gosec // of a test
	return func(conn net.Conn) { serve(tls.Server(conn, config)) }
}

// A status that is none, and a protocol that nobody asked for, are no responses.
func TestNoResponse(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"000 X", "099 X", "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c", "101 X"} {
		t.Run(line[:3], func(t *testing.T) {
			t.Parallel()
			address := listen(t, func(conn net.Conn) {
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_, _ = io.WriteString(conn, "HTTP/1.1 "+line+"\r\nContent-Length: 2\r\n\r\n{}")
					_, _ = io.Copy(io.Discard, conn)
				}
			})
			wire, err := New(Options{})
			if err != nil {
				t.Fatal(err)
			}
			c := paced(wire)
			c.Transport.(*limiter.Transport).Retry.Max = -1
			if _, err := ask(t, c, "GET", "http://"+address); failure.Classify(err) != failure.Receive {
				t.Errorf("%v, class %d, want none", err, failure.Classify(err))
			}
		})
	}
}

// However a stream of responses is cut into reads, it comes out the same, and what is well-formed as it was.
func FuzzLenient(f *testing.F) {
	f.Add([]byte("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), true)
	f.Add([]byte("HTTP/1.1 200 OK\r\nX(y): 1\r\nTransfer-Encoding: identity\r\n\r\nHTTP/"), false)
	f.Add([]byte("\x16\x03\x01HTTP/1.1"), true)
	f.Add([]byte("HTTP/1.1 200"), false)
	f.Add([]byte("http/2 200x\r\nX: \x01\xc0\xff\nContent-Length: +2.0\r\n\r\n"), true)
	f.Fuzz(func(t *testing.T, text []byte, due bool) {
		read := func(r io.Reader) []byte {
			l := &lenient{Conn: readOnly{r: r}}
			l.due.Store(due)
			out, err := io.ReadAll(l)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		whole := read(bytes.NewReader(text))
		if diff := cmp.Diff(whole, read(iotest.OneByteReader(bytes.NewReader(text)))); diff != "" {
			t.Error(diff)
		}
		if !due && !bytes.Equal(whole, text) {
			t.Errorf("%q became %q", text, whole)
		}
		if len(whole) > 2*len(text)+3*bytes.Count(text, []byte(":"))+2*bytes.Count(text, []byte("\n")) {
			t.Errorf("%q grew to %q", text, whole)
		}
	})
}

type readOnly struct {
	net.Conn
	r io.Reader
}

func (c readOnly) Read(p []byte) (int, error) { return c.r.Read(p) }
