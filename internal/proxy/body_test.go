package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A pipeListener accepts one connection, which lives in virtual time.
type pipeListener chan net.Conn

func (l pipeListener) Accept() (net.Conn, error) {
	conn, ok := <-l
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (l pipeListener) Close() error {
	close(l)
	return nil
}

func (l pipeListener) Addr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
}

// piped is a client's end of a connection to a proxy whose API reads a request's body and says how long it was.
func piped(t *testing.T) (*Proxy, net.Conn) {
	t.Helper()
	p, err := New(Config{API: "x", Dial: func(wrap func(http.RoundTripper) http.RoundTripper) (*apiclient.Client, error) {
		profile := &config.Profile{Name: "x", BaseURL: "http://x.example"}
		base := roundTrip(func(req *http.Request) (*http.Response, error) {
			n, err := io.Copy(io.Discard, req.Body)
			body := fmt.Sprint(n, " bytes")
			return &http.Response{
				StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: req, Header: http.Header{},
				ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
			}, err
		})
		return apiclient.New(profile, apiclient.Config{Limiter: limiter.New(limiter.Config{}), Base: wrap(base)})
	}})
	if err != nil {
		t.Fatal(err)
	}
	client, server := net.Pipe()
	ln := make(pipeListener, 1)
	ln <- server
	s := &http.Server{Handler: p} //nolint:gosec // the header is there at once
	go func() { _ = s.Serve(ln) }()
	t.Cleanup(func() {
		client.Close()
		s.Close()
		time.Sleep(time.Second) // a connection lingers for half of that
	})
	return p, client
}

// A client that stops sending its body is not waited for without end, and one that only trickles neither.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		head       string
		pieces     int
		size       int // of one
		every      time.Duration
		want       string
		after, and time.Duration // at least, at most
	}{
		"silent":        {"Content-Length: 100", 1, 1, 0, "408 ", bodyPatience, bodyPatience + time.Second},
		"trickling":     {"Content-Length: 100000", 1000, 1, time.Second, "408 ", bodyPatience, bodyPatience + 2*time.Second},
		"chunked":       {"Transfer-Encoding: chunked", 0, 0, 0, "408 ", bodyPatience, bodyPatience + time.Second},
		"large":         {"Content-Length: 2000000", 1, 1 << 20, 0, "408 ", bodyPatience, bodyPatience + time.Second},
		"slow but sure": {"Content-Length: 300000", 300, 1000, time.Second, "200 ", 299 * time.Second, 301 * time.Second},
		"with a pause":  {"Content-Length: 80000", 4, 20_000, bodyPatience - 2*time.Second, "200 ", 84 * time.Second, 85 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, conn := piped(t)
				began := time.Now()
				sent := make(chan bool)
				go func() {
					defer close(sent)
					fmt.Fprintf(conn, "POST /x HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n", tt.head)
					for i := range tt.pieces {
						if i > 0 {
							time.Sleep(tt.every)
						}
						if _, err := conn.Write(make([]byte, tt.size)); err != nil {
							return
						}
					}
				}()
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				text, _ := io.ReadAll(resp.Body)
				took := time.Since(began)
				conn.Close()
				<-sent
				if !strings.HasPrefix(resp.Status, tt.want) || took < tt.after || took > tt.and {
					t.Errorf("%s after %v: %s", resp.Status, took, text)
				}
				if resp.StatusCode == http.StatusRequestTimeout && (kindIn(t, string(text)) != "client" || !resp.Close) {
					t.Errorf("%v %s", resp.Header, text)
				}
			})
		})
	}
}

// Where a request is rejected before its body has come, the rest of it is not waited for either.
func TestSlowBodyOfRejected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, conn := piped(t)
		began := time.Now()
		fmt.Fprint(conn, "POST /x HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 100\r\n\r\nx")
		if _, err := io.ReadAll(conn); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > bodyPatience+time.Second {
			t.Errorf("the connection was open for %v", took)
		}
	})
}

// A body that is still to come does not keep the proxy from stopping.
func TestStopsWithoutBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, conn := piped(t)
		fmt.Fprint(conn, "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx")
		synctest.Wait()
		began := time.Now()
		p.Drain()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		if took := time.Since(began); took != 0 || resp.StatusCode != http.StatusServiceUnavailable || kindIn(t, string(text)) != "stopping" {
			t.Errorf("%d after %v: %s", resp.StatusCode, took, text)
		}
	})
}

// A response that comes before the request's body has come is not held back until then.
func TestEarlyResponse(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(hijack(t, w), "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
	}, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(bodyPatience / 2))
	fmt.Fprintf(conn, "POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\nx", 2*maxBody)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusRequestEntityTooLarge || string(text) != "big" || err != nil {
		t.Errorf("%d %s, %v", resp.StatusCode, text, err)
	}
}
