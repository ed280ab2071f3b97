package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/apiclient"
	"github.com/arl-cli/arl/internal/config"
)

// raw sends a request through the proxy to the byte, and returns the response to the byte, but for its Date. The request
// has to end the connection.
func (s *stage) raw(t *testing.T, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(string(got), "\r\n") {
		if !strings.HasPrefix(line, "Date: ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// A response gets nothing that the API did not send, and loses only what was meant for the connection to it.
func TestPassesResponse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ request, response, want string }{
		"no type": {
			"GET /x HTTP/1.1", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
			"HTTP/1.1 200 OK\nContent-Length: 7\nConnection: close\n\n{\"a\":1}",
		},
		"no type after hints": {
			"GET /x HTTP/1.1", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
			"HTTP/1.1 103 Early Hints\nLink: </a>\n\nHTTP/1.1 200 OK\nContent-Length: 6\nConnection: close\n\n<html>",
		},
		"no hints for HTTP/1.0": {
			"GET /x HTTP/1.0", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
			"HTTP/1.0 200 OK\nContent-Length: 2\n\nok",
		},
		"empty type": {
			"GET /x HTTP/1.1", "HTTP/1.1 200 OK\r\nContent-Type:\r\nContent-Length: 2\r\n\r\nok",
			"HTTP/1.1 200 OK\nContent-Length: 2\nContent-Type: \nConnection: close\n\nok",
		},
		"hop by hop": {
			"GET /x HTTP/1.1", "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop, Upgrade\r\nKeep-Alive: timeout=5\r\nUpgrade: h2,h2c\r\n" +
				"X-Hop: 1\r\nX-End: 1\r\nProxy-Authenticate: Basic\r\nAlt-Svc: h3=\":443\"\r\nContent-Length: 2\r\n\r\nok",
			"HTTP/1.1 200 OK\nContent-Length: 2\nX-End: 1\nConnection: close\n\nok",
		},
		"hop by hop, at the end": {
			"GET /x HTTP/1.1", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-End: 1\r\nContent-Length: 26\r\n\r\nConnection: X-End\r\n\r\nClose",
			"HTTP/1.1 103 Early Hints\nLink: </a>\n\nHTTP/1.1 200 OK\nContent-Length: 26\nX-End: 1\nConnection: close\n\nConnection: X-End\n\nClose",
		},
		"repeated": {
			"GET /x HTTP/1.1", "HTTP/1.1 200 OK\r\nSet-Cookie: b=1\r\nSet-Cookie: a=2\r\nVia: 1.1 x\r\nVia: 1.1 y\r\nContent-Length: 2\r\n\r\nok",
			"HTTP/1.1 200 OK\nContent-Length: 2\nSet-Cookie: b=1\nSet-Cookie: a=2\nVia: 1.1 x\nVia: 1.1 y\nConnection: close\n\nok",
		},
		"HEAD": {
			"HEAD /x HTTP/1.1", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n",
			"HTTP/1.1 200 OK\nContent-Length: 1234\nConnection: close\n\n",
		},
		"HEAD without a length": {
			"HEAD /x HTTP/1.1", "HTTP/1.1 200 OK\r\nEtag: \"x\"\r\n\r\n", "HTTP/1.1 200 OK\nEtag: \"x\"\nConnection: close\n\n",
		},
		"trailers": {
			"GET /x HTTP/1.1\r\nTE: trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n",
			"HTTP/1.1 200 OK\nTrailer: X-T\nConnection: close\nTransfer-Encoding: chunked\n\n2\nok\n0\nX-T: 1\n\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(hijack(t, w), tt.response) }, nil)
			got := s.raw(t, tt.request+"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
			if got != tt.want {
				t.Errorf("%q\nwant\n%q", got, tt.want)
			}
		})
	}
}

// A request loses what was meant for the connection to the proxy, and gains nothing.
func TestPassesRequest(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ request, want string }{
		"named by Connection": {
			"GET /x HTTP/1.1\r\nConnection: X-Hop, X-Forwarded-For\r\nX-Hop: 1\r\nX-Forwarded-For: 1\r\nKeep-Alive: 1\r\nProxy-Authorization: x\r\n\r\n",
			"GET /v1/x HTTP/1.1\n",
		},
		"a chain of proxies": {
			"GET /x HTTP/1.1\r\nVia: 1.1 a\r\nX-Forwarded-For: 1\r\nForwarded: for=1\r\n\r\n",
			"GET /v1/x HTTP/1.1\nForwarded: for=1\nVia: 1.1 a\nX-Forwarded-For: 1\n",
		},
		"TE":         {"GET /x HTTP/1.1\r\nTE: trailers, deflate\r\nTrailer: X-T\r\n\r\n", "GET /v1/x HTTP/1.1\nTe: trailers\n"},
		"an upgrade": {"GET /x HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", "GET /v1/x HTTP/1.1\n"},
		"not quite":  {"GET /x HTTP/1.1\r\nUpgrade: TLS/1.3, HTTP/2.0\r\nConnection: upgrade\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", "GET /v1/x HTTP/1.1\n"},
		"expecting": {
			"POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab", "POST /v1/x HTTP/1.1\nContent-Length: 2\n\nab",
		},
		"trailers": {
			"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nab\r\n0\r\nX-T: 1\r\n\r\n",
			"POST /v1/x HTTP/1.1\nTransfer-Encoding: chunked\nTrailer: X-T\n\n2\r\nab\r\n0\r\nX-T: 1\r\n\r\n",
		},
		"repeated": {"GET /x HTTP/1.1\r\nX-A: 2\r\nx-a: 1\r\n\r\n", "GET /v1/x HTTP/1.1\nX-A: 2\nX-A: 1\n"},
		"its own absolute form": {
			"GET http://localhost:PORT/x?y HTTP/1.1\r\n\r\n", "GET /v1/x?y HTTP/1.1\n",
		},
		"without a path": {"GET http://localhost:PORT HTTP/1.1\r\n\r\n", "GET /v1 HTTP/1.1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, arrived := rawAPI(t)
			s := newStage(t, nil, func(p *config.Profile, _ *apiclient.Config) { p.BaseURL = api + "/v1" })
			_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.url, "http://"))
			request := strings.Replace(tt.request, "PORT", port, 1)
			line, rest, _ := strings.Cut(request, "\r\n")
			s.raw(t, line+"\r\nHost: localhost\r\nConnection: close\r\n"+rest)
			if got := <-arrived; got != tt.want {
				t.Errorf("%q\nwant\n%q", got, tt.want)
			}
		})
	}
}

// rawAPI is an API that passes on the one request that it gets, to the byte, but for its Host.
func rawAPI(t *testing.T) (url string, arrived chan string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	arrived = make(chan string, 1)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var text strings.Builder
		if r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &text))); err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		head, body, _ := strings.Cut(text.String(), "\r\n\r\n")
		head = strings.Replace(head, "\r\nHost: "+ln.Addr().String(), "", 1)
		if body != "" {
			body = "\n" + body
		}
		arrived <- strings.ReplaceAll(head, "\r\n", "\n") + "\n" + body
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	}()
	return "http://" + ln.Addr().String(), arrived
}

// The names of headers that end with the connection are found again, whatever comes before and after.
func TestConnectionIn(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\n\r\nConnection: body":                                       "close, X-Hop",
		"HTTP/1.1 200 OK\nconnection: Close\nCONNECTION: X-Hop\n\nbody":                                             "Close|X-Hop",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nConnection: a\r\n\r\nHTTP/1.0 200\r\nConnection: b\r\n\r\n": "b",
		"HTTP/1.1 200 OK\r\nX: 1\r\n\r\n":                                                                           "",
		"HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Cut: o":                                                   "close, X-Hop",
		"HTTP/1.1 100 X\r\n\r\n": "",
		"HTTP/1.1 100":           "",
		"nonsense":               "",
		"":                       "",
	} {
		if got := strings.Join(connectionIn([]byte(head)), "|"); got != want {
			t.Errorf("%q: %q, want %q", head, got, want)
		}
	}
}
