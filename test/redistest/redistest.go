// Package redistest runs a Redis of a test's own.
package redistest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/arl-cli/arl/internal/procgroup"
)

// A Server is a redis-server on a port of loopback, in a directory of its own.
type Server struct {
	Addr string // host:port
	Dir  string

	args []string
	run  *procgroup.Child
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

// New starts a server in a directory. Without arguments it keeps nothing.
func New(dir string, args ...string) (*Server, error) {
	var last error
	for range 3 { // the port may be somebody else's by the time the server wants it
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		s := at(port, dir, args)
		if last = s.Run(); last == nil {
			return s, nil
		}
	}
	return nil, last
}

func at(port int, dir string, args []string) *Server {
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Dir: dir}
	s.args = append([]string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no",
		"--logfile", filepath.Join(dir, "redis.log"),
	}, args...)
	return s
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

// Run starts the server, again after [Server.Kill], and waits until it says that it is ready. That its port
// answers would prove nothing: it may be another server's.
func (s *Server) Run() error {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return err
	}
	logfile := filepath.Join(s.Dir, "redis.log")
	if err := os.Remove(logfile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	run, err := procgroup.Start(exec.CommandContext(context.Background(), path, s.args...))
	if err != nil {
		return fmt.Errorf("start redis-server: %w", err)
	}
	s.run = run
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && !s.ended(); time.Sleep(5 * time.Millisecond) {
		if log, _ := os.ReadFile(logfile); bytes.Contains(log, []byte("Ready to accept connections")) {
			return nil
		}
	}
	s.Kill()
	log, _ := os.ReadFile(logfile)
	return fmt.Errorf("redis-server is not ready:\n%s", log)
}

// ended reports whether the server has ended by itself: its port was taken.
func (s *Server) ended() bool {
	select {
	case <-s.run.Ended():
		return true
	default:
		return false
	}
}

// Kill ends the server without a word.
func (s *Server) Kill() {
	if s.run != nil {
		s.run.Kill()
	}
}

// Do runs a command. Answers of several words come as a list.
func (s *Server) Do(ctx context.Context, args ...any) (any, error) {
	c := redis.NewClient(&redis.Options{Addr: s.Addr, Protocol: 2, DisableIdentity: true})
	defer c.Close() //nolint:errcheck // the answer is there
	return c.Do(ctx, args...).Result()
}
