package curl_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// serveProxy serves an HTTP proxy. It answers plain requests itself, and leads tunnels wherever they
// ask to go.
func (s *curlServers) serveProxy(t *testing.T) {
	answers := s.handler("at the proxy: ")
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			r.URL.Path = "/" + r.URL.Hostname()
			answers.ServeHTTP(w, r)
			return
		}
		s.note("at the proxy: ", r)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		tunnel(conn, r.Host)
	}))
	quietly(server)
	server.Start()
	t.Cleanup(func() { closeServer(server) })
	s.hosts["P"] = server.Listener.Addr().String()
}

// tunnel joins a connection with one to an address.
func tunnel(conn net.Conn, address string) {
	defer conn.Close()
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(to, conn)
		to.Close()
	}()
	_, _ = io.Copy(conn, to)
}

// serveSOCKS serves a SOCKS5 proxy (RFC 1928, RFC 1929), for which every name is this machine's.
func (s *curlServers) serveSOCKS(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s.hosts["SOCKS"] = l.Addr().String()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				if err := s.socks(conn); err != nil {
					conn.Close()
				}
			}()
		}
	}()
}

func (s *curlServers) socks(conn net.Conn) error {
	next := func(n int) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(conn, b); err != nil {
			return make([]byte, n)
		}
		return b
	}
	login := ""
	if methods := next(int(next(2)[1])); methods[len(methods)-1] == 2 { // the last offered: with a password
		_, _ = conn.Write([]byte{5, 2})
		user := next(int(next(2)[1]))
		login = fmt.Sprintf(" as %s:%s", user, next(int(next(1)[0])))
		_, _ = conn.Write([]byte{1, 0})
	} else {
		_, _ = conn.Write([]byte{5, 0})
	}
	var host string
	switch kind := next(4)[3]; kind {
	case 1:
		host = net.IP(next(4)).String()
	case 3:
		host = string(next(int(next(1)[0])))
	default:
		return fmt.Errorf("address of kind %d", kind)
	}
	port := next(2)
	s.mu.Lock()
	s.requests = append(s.requests, "at the SOCKS proxy: "+host+login)
	s.mu.Unlock()
	target := net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port[0])<<8|int(port[1])))
	if strings.HasSuffix(target, ":1") { // where nobody listens
		_, _ = conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return errors.New("connection refused")
	}
	_, err := conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go tunnel(conn, target)
	return err
}
