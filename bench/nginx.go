package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// serveFast starts a server that answers every request with 200 bytes of JSON, without a limit: nginx
// where it is installed, else one in Go.
func (l *lab) serveFast(ctx context.Context) (*server, error) {
	program, err := findNginx()
	if err == nil {
		var s *server
		if s, err = l.serveNginx(ctx, program); err == nil {
			l.table.note("the server is nginx")
			return s, nil
		}
	}
	l.table.note("the server is bench/peers/server, in Go: " + err.Error())
	return serve(exec.CommandContext(ctx, l.tool("server")))
}

// findNginx finds nginx. Debian puts it where the PATH of a user does not look.
func findNginx() (string, error) {
	if runtime.GOOS == "windows" {
		return "", errors.New("nginx is slow on Windows")
	}
	if path, err := exec.LookPath("nginx"); err == nil {
		return path, nil
	}
	path, err := exec.LookPath("/usr/sbin/nginx")
	if err != nil {
		return "", errors.New("nginx is not installed")
	}
	return path, nil
}

// nginxConfig makes nginx answer from memory, log nothing and keep connections as long as they are
// wanted. All its files are in the directory it is started in.
const nginxConfig = `daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 1024; }
http {
	access_log off;
	keepalive_requests 1000000000;
	keepalive_timeout 1h;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	server {
		listen %s;
		default_type application/json;
		location / { return 200 '%s'; }
		location = /count { stub_status; }
	}
}
`

// serveNginx starts an nginx in a directory of its own.
func (l *lab) serveNginx(ctx context.Context, program string) (*server, error) {
	dir, err := os.MkdirTemp(l.dir, "nginx-")
	if err != nil {
		return nil, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf(nginxConfig, address, answer())
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(text), 0o600); err != nil {
		return nil, err
	}
	s := &server{cmd: exec.CommandContext(ctx, program, "-p", dir, "-c", "nginx.conf", "-e", "error.log"), base: "http://" + address}
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(os.Interrupt) } // ends its worker too
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for range 100 { // it listens before it writes nginx.pid
		time.Sleep(20 * time.Millisecond)
		if _, err := os.Stat(filepath.Join(dir, "nginx.pid")); err == nil {
			return s, nil
		}
	}
	said, _ := os.ReadFile(filepath.Join(dir, "error.log")) // it may have said nothing
	return nil, errors.Join(fmt.Errorf("nginx does not start: %s", said), s.kill())
}

// answer is 200 bytes of JSON.
func answer() string {
	head, end := `{"id":"17","name":"An item","state":"open","tags":["a","b","c"],"note":"`, `"}`+"\n"
	return head + strings.Repeat("x", 200-len(head)-len(end)) + end
}

// freeAddress is free now; somebody else may take it before nginx does.
func freeAddress(ctx context.Context) (string, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// finishNginx asks how many requests were answered, this one excepted, and ends the server.
func (s *server) finishNginx() (string, error) {
	resp, err := http.Get(s.base + "/count") //nolint:noctx // of a server of our own
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	status, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	counts := regexp.MustCompile(`\n \d+ \d+ (\d+)`).FindSubmatch(status) // accepted, handled, requests
	if counts == nil {
		return "", fmt.Errorf("nginx does not count: %q", status)
	}
	n, err := strconv.Atoi(string(counts[1]))
	return strconv.Itoa(n - 1), errors.Join(err, s.kill())
}
