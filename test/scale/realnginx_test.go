package scale_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/arl-cli/arl/test/arltest"
)

// nginx is one of nginx's limits, written as in its manual.
type nginx struct {
	zone, limit string
	throttle    int           // status of a throttle
	slow        time.Duration // what is behind it takes so long
}

// nginxRate limits requests per second. Without nodelay those above it wait in a queue as long as the burst.
func nginxRate(rate, burst string, throttle int) func(t *testing.T) (string, func() (tally, error)) {
	return nginx{
		zone:     "limit_req_zone $binary_remote_addr zone=z:1m rate=" + rate + ";",
		limit:    "limit_req zone=z " + burst + ";",
		throttle: throttle,
	}.start
}

// nginxConns limits requests at a time, each of which takes a while.
func nginxConns(n int, slow time.Duration) func(t *testing.T) (string, func() (tally, error)) {
	return nginx{
		zone:     "limit_conn_zone $binary_remote_addr zone=z:1m;",
		limit:    fmt.Sprintf("limit_conn z %d;", n),
		throttle: http.StatusTooManyRequests,
		slow:     slow,
	}.start
}

// start runs an nginx until the test ends. Its access log counts.
func (n nginx) start(t *testing.T) (string, func() (tally, error)) {
	program, behind := nginxProgram(t), n.behind(t)
	var said []byte
	for range 5 {
		dir, address := t.TempDir(), freeAddress(t)
		arltest.Write(t, filepath.Join(dir, "nginx.conf"), n.config(address, behind))
		arltest.Write(t, filepath.Join(dir, "ok.json"), `{"ok":true}`+"\n")
		if said = runNginx(t, program, dir); said == nil {
			return "http://" + address, func() (tally, error) { return n.count(filepath.Join(dir, "access.log")) }
		}
	}
	t.Fatalf("nginx does not start:\n%s", said)
	return "", nil
}

// freeAddress is free now; somebody else may take it before nginx does.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// runNginx waits until an nginx listens. If it does not, it returns what nginx said.
func runNginx(t *testing.T, program, dir string) (said []byte) {
	c := exec.CommandContext(t.Context(), program, "-p", dir, "-c", "nginx.conf", "-e", "error.log")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = c.Wait()
		close(ended)
	}()
	t.Cleanup(func() { <-ended }) // killed: the test's context is over
	for range time.Tick(10 * time.Millisecond) {
		select {
		case <-ended:
			said, err := os.ReadFile(filepath.Join(dir, "error.log"))
			return fmt.Appendf(said, "%v", errors.Join(err, c.Err))
		default:
		}
		if _, err := os.Stat(filepath.Join(dir, "nginx.pid")); err == nil { // it listens before it writes that
			return nil
		}
	}
	return nil
}

// nginxProgram finds nginx. Debian puts it where the PATH of a user does not look.
func nginxProgram(t *testing.T) string {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" && runtime.GOOS == "linux" { // where CI installs it
		t.Fatal("nginx is not installed, and CI must have it")
	}
	t.Skip("nginx is not installed")
	return ""
}

// behind is what nginx does with a request that it lets through.
func (n nginx) behind(t *testing.T) (directive string) {
	if n.slow == 0 {
		return "try_files /ok.json =404;" // not return, which no limit holds for
	}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(n.slow):
			fmt.Fprintln(w, `{"ok":true}`)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(upstream.Close)
	return "proxy_pass " + upstream.URL + ";"
}

// config is for one process without a master, so that nothing is left when it is killed.
func (n nginx) config(address, behind string) string {
	status := ""
	if n.throttle != http.StatusServiceUnavailable { // which it answers unless told otherwise
		status = fmt.Sprintf("limit_req_status %d; limit_conn_status %d;", n.throttle, n.throttle)
	}
	return fmt.Sprintf(`daemon off;
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
	default_type application/json;
	log_format status $status;
	access_log access.log status;
	keepalive_requests 1000000;
	%s
	server {
		listen %s;
		root .;
		location / {
			%s
			%s
			%s
		}
	}
}
`, n.zone, address, n.limit, status, behind)
}

// count reads the access log.
func (n nginx) count(path string) (tally, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return tally{}, err
	}
	accepted, throttled := strings.Count(string(text), "200\n"), strings.Count(string(text), fmt.Sprintf("%d\n", n.throttle))
	if got := strings.Count(string(text), "\n"); got != accepted+throttled {
		return tally{}, fmt.Errorf("nginx answered %d requests with neither 200 nor %d", got-accepted-throttled, n.throttle)
	}
	return tally{Accepted: int64(accepted), Throttled: int64(throttled)}, nil
}
