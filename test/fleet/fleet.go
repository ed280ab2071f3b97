// Package fleet runs many real arl processes against a server that counts, for tests and benchmarks: what they
// send together, by the server's own figures.
package fleet

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/procgroup"
)

// A Lab is where fleets are run.
type Lab struct {
	Arl string // the program
	Dir string // for their homes
	n   int
}

// A Server is `arl sandbox`: it enforces a limit, and counts.
type Server struct {
	URL string
	run *procgroup.Child
}

// Serve starts a server; flags are those of arl sandbox.
func (l *Lab) Serve(ctx context.Context, flags ...string) (*Server, error) {
	cmd := exec.CommandContext(ctx, l.Arl, append([]string{"sandbox", "--listen", "127.0.0.1:0"}, flags...)...)
	out, in := io.Pipe()
	cmd.Stdout = in
	run, err := procgroup.Start(cmd)
	if err != nil {
		return nil, err
	}
	go func() {
		<-run.Ended()
		_ = in.Close() // whoever waits for its address need not
	}()
	said := bufio.NewReader(out)
	line, err := said.ReadString('\n')
	if err != nil {
		run.Kill()
		return nil, fmt.Errorf("arl sandbox said no address: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	return &Server{URL: strings.TrimSpace(line), run: run}, nil
}

// Stop ends the server.
func (s *Server) Stop() { s.run.Kill() }

// A Tally is what the server has counted so far, or in a time.
type Tally struct {
	Accepted, Throttled int64
	At                  time.Time     `json:"-"`
	In                  time.Duration `json:"-"`
}

// Count asks the server.
func (s *Server) Count(ctx context.Context) (now Tally, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/stats", nil)
	if err != nil {
		return now, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return now, err
	}
	defer resp.Body.Close()
	err = json.NewDecoder(resp.Body).Decode(&now)
	now.At = time.Now()
	return now, err
}

// Over counts for so long.
func (s *Server) Over(ctx context.Context, lasting time.Duration) (Tally, error) {
	from, err := s.Count(ctx)
	if err != nil {
		return from, err
	}
	select {
	case <-ctx.Done():
		return from, ctx.Err()
	case <-time.After(lasting):
	}
	to, err := s.Count(ctx)
	return to.since(from), err
}

func (t Tally) since(from Tally) Tally {
	return Tally{t.Accepted - from.Accepted, t.Throttled - from.Throttled, t.At, t.At.Sub(from.At)}
}

// Rate is how many requests a second were accepted.
func (t Tally) Rate() float64 { return float64(t.Accepted) / t.In.Seconds() }

// Share is the part of what was sent that was throttled.
func (t Tally) Share() float64 { return float64(t.Throttled) / float64(max(t.Accepted+t.Throttled, 1)) }

// A Host is a home of its own, with one profile: api.
type Host struct {
	arl   string
	dir   string
	store string
}

// Host makes a host that sends to a server, and shares its budget through a store; "" is its own files.
func (l *Lab) Host(url, store string) (*Host, error) {
	l.n++
	h := &Host{arl: l.Arl, dir: filepath.Join(l.Dir, fmt.Sprintf("host%d", l.n)), store: store}
	config := filepath.Join(h.dir, "config")
	if err := os.MkdirAll(config, 0o700); err != nil {
		return nil, err
	}
	return h, os.WriteFile(filepath.Join(config, "config.yaml"), []byte("apis:\n  api:\n    base_url: "+url+"\n"), 0o600)
}

// Hosts makes as many.
func (l *Lab) Hosts(n int, url, store string) (all []*Host, err error) {
	for range n {
		h, err := l.Host(url, store)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// Command is a command on the host.
func (h *Host) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(),
		"HOME="+h.dir, "ARL_CONFIG_DIR="+filepath.Join(h.dir, "config"), "ARL_RUNTIME_DIR="+filepath.Join(h.dir, "live"), "ARL_STORE="+h.store)
	return cmd
}

// Xargs is seq 400 | xargs -P8 arl get, in other numbers.
func (h *Host) Xargs(ctx context.Context, requests, parallel int) error {
	var numbers strings.Builder
	for i := range requests {
		fmt.Fprintln(&numbers, i+1)
	}
	cmd := h.Command(ctx, "xargs", fmt.Sprint("-P", parallel), "-I{}", h.arl, "get", "api", "/items/{}")
	cmd.Stdin = strings.NewReader(numbers.String())
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("xargs arl get: %w\n%.2000s", err, said.String())
	}
	return nil
}

// A Crew is batches that have records without end.
type Crew struct {
	hosts []*Host
	runs  []*procgroup.Child
	next  int
}

// Launch starts as many processes, spread over the hosts.
func Launch(ctx context.Context, hosts []*Host, processes int) (*Crew, error) {
	c := &Crew{hosts: hosts}
	return c, c.More(ctx, processes)
}

// More starts more of them.
func (c *Crew) More(ctx context.Context, processes int) error {
	for range processes {
		h := c.hosts[c.next%len(c.hosts)]
		c.next++
		cmd := h.Command(ctx, h.arl, "batch", "api")
		cmd.Stdin = endless("/items/1\n")
		run, err := procgroup.Start(cmd)
		if err != nil {
			c.Kill(len(c.runs))
			return err
		}
		c.runs = append(c.runs, run)
	}
	return nil
}

// Kill ends the oldest n of them without a word.
func (c *Crew) Kill(n int) {
	doomed := c.runs[:n]
	c.runs = c.runs[n:]
	done := make(chan struct{})
	for _, r := range doomed {
		go func() {
			r.Kill()
			done <- struct{}{}
		}()
	}
	for range doomed {
		<-done
	}
}

// Stop ends all of them.
func (c *Crew) Stop() { c.Kill(len(c.runs)) }

// Check returns an error if one of them has ended by itself.
func (c *Crew) Check() error {
	for _, r := range c.runs {
		select {
		case <-r.Ended():
			return errors.Join(errors.New("a batch without an end ended"), r.Wait())
		default:
		}
	}
	return nil
}

// endless is a text again and again. A Read takes it whole, as often as there is room.
type endless string

// Read implements io.Reader.
func (e endless) Read(p []byte) (n int, err error) {
	for n+len(e) <= len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}
