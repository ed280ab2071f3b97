// Package redistest runs a Redis of a test's own.
package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A Server is a redis-server on a port of loopback, in a folder of its own.
type Server struct {
	Addr string // host:port
	Dir  string

	args []string
	cmd  *exec.Cmd
}

// Installed reports whether there is a redis-server.
func Installed() bool {
	_, err := exec.LookPath("redis-server")
	return err == nil
}

// Required reports whether there must be one: in CI, where CI can install it.
func Required() bool { return os.Getenv("CI") != "" && runtime.GOOS == "linux" }

// Start starts a server that ends with the test. Where there is none the test is skipped, see [Required].
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if !Installed() && !Required() {
		t.Skip("redis-server is not installed")
	}
	s, err := New(t.TempDir(), args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

// New starts a server in a folder. Without arguments it keeps nothing.
func New(dir string, args ...string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Dir: dir}
	s.args = append([]string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no",
		"--logfile", filepath.Join(dir, "redis.log"),
	}, args...)
	return s, s.Run()
}

// freePort is a port that nobody listened on just now.
func freePort() (int, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a port: %w", err)
	}
	defer l.Close() //nolint:errcheck // nothing was sent
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Run starts the server, again after [Server.Kill], and waits until it answers.
func (s *Server) Run() error {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return err
	}
	s.cmd = exec.CommandContext(context.Background(), path, s.args...)
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start redis-server: %w", err)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", s.Addr)
		if err == nil {
			return conn.Close()
		}
	}
	s.Kill()
	log, _ := os.ReadFile(filepath.Join(s.Dir, "redis.log"))
	return fmt.Errorf("redis-server does not answer:\n%s", log)
}

// Kill ends the server without a word.
func (s *Server) Kill() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Do runs a command. Answers of several words come as a list.
func (s *Server) Do(ctx context.Context, args ...any) (any, error) {
	c := redis.NewClient(&redis.Options{Addr: s.Addr, Protocol: 2, DisableIdentity: true})
	defer c.Close() //nolint:errcheck // the answer is there
	return c.Do(ctx, args...).Result()
}
