package reallimiters

import (
	"fmt"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/procgroup"
)

// nginxLimiters are the two modules of nginx.
func nginxLimiters() []limiter {
	rate := func(perSecond int, burst string, latency time.Duration) func(*testing.T) string {
		return nginx{
			zone:    fmt.Sprintf("limit_req_zone $binary_remote_addr zone=z:1m rate=%dr/s;", perSecond),
			limit:   "limit_req zone=z " + burst + "; limit_req_status 429;",
			latency: latency,
		}.start
	}
	sixAtATime := nginx{
		zone:    "limit_conn_zone $binary_remote_addr zone=z:1m;",
		limit:   "limit_conn z 6; limit_conn_status 429;",
		latency: 60 * time.Millisecond,
	}
	return []limiter{
		bucket(20, 20).at("nginx limit_req 20r/s burst=20 nodelay", rate(20, "burst=20 nodelay", 20*time.Millisecond)),
		bucket(50, 20).at("nginx limit_req 50r/s burst=20, queued", rate(50, "burst=20", 0)),
		spaced(100).at("nginx limit_req 100r/s without burst", rate(100, "", 0)),
		concurrent(6, 60*time.Millisecond).at("nginx limit_conn 6 of 60 ms", sixAtATime.start),
	}
}

// An nginx limits what takes some time behind it.
type nginx struct {
	zone, limit string
	latency     time.Duration
}

func (n nginx) start(t *testing.T) string {
	program := installed(t, "nginx")
	upstream := httptest.NewServer(items(n.latency))
	t.Cleanup(upstream.Close)
	for range 3 { // another process may take the port before nginx does
		address, dir := freeAddress(t), t.TempDir()
		config := fmt.Sprintf(nginxConfig, n.zone, address, n.limit, upstream.URL)
		if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		if serves(t, exec.Command(program, "-p", dir, "-c", "nginx.conf", "-e", "error.log"), filepath.Join(dir, "nginx.pid")) {
			return (&url.URL{Scheme: "http", Host: address}).String()
		}
	}
	t.Fatal("nginx does not start")
	return ""
}

// serves starts a program until the test ends, and waits until it has written its process's number: then it listens.
func serves(t *testing.T, c *exec.Cmd, pidFile string) bool {
	started, err := procgroup.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Kill)
	for {
		if _, err := os.Stat(pidFile); err == nil {
			return true
		}
		select {
		case <-started.Ended():
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// nginxConfig is for one process without a master, so that nothing is left when it is killed.
const nginxConfig = `daemon off;
master_process off;
pid nginx.pid;
lock_file nginx.lock;
error_log error.log error;
events {}
http {
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	access_log off;
	keepalive_requests 1000000;
	%s
	server {
		listen %s;
		location / {
			%s
			proxy_pass %s;
		}
	}
}
`
