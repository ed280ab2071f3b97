//go:build unix

package filestore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/private"
)

// The test is also the processes that it starts: the variable names the directory, the first argument what to do.
const childOf = "FILESTORE_TEST_CHILD"

func TestMain(m *testing.M) {
	dir := os.Getenv(childOf)
	if dir == "" {
		os.Exit(m.Run())
	}
	s, err := Open(dir)
	if err == nil {
		var c pacing.Cell
		if c, err = s.Open(context.Background(), "k", childParams(), nil); err == nil {
			err = map[string]func(*cell) error{"hold": hold, "reserve": reserveAll}[os.Args[1]](c.(*cell))
		}
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func childParams() *pacing.Params {
	return &pacing.Params{InitialRate: 1000, MaxRate: 1000, Burst: 10, Windows: []pacing.Window{{Limit: 1e6, Per: time.Hour}}}
}

// hold reserves a slot, and stays in the middle of it until it is told to go on.
func hold(c *cell) error {
	told := false
	var turn pacing.Reservation
	err := c.step(func(now int64) bool {
		turn = c.frame.state.Reserve(now, pacing.ReserveRequest{})
		if !told {
			fmt.Println("inside")
			_, _ = io.ReadFull(os.Stdin, make([]byte, 1))
			told = true
		}
		return true
	})
	fmt.Println("version", c.frame.state.Version, "granted", turn.Granted)
	return err
}

// reserveAll reserves slots until it is killed.
func reserveAll(c *cell) error {
	for {
		turn, err := c.Reserve(context.Background(), pacing.ReserveRequest{})
		if err != nil {
			return err
		}
		if turn.Granted {
			fmt.Println(turn.Slot)
		}
		time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
	}
}

// A child is a process of this test.
type child struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
}

func startChild(t *testing.T, dir, what string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, cmd: exec.CommandContext(t.Context(), self, what)}
	c.cmd.Env = append(os.Environ(), childOf+"="+dir)
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	})
	return c
}

func (c *child) line() string {
	c.out.Scan()
	return c.out.Text()
}

func (c *child) signal(s os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// Nobody waits for a process that was killed while it held the lock, and what it had not written is not there.
func TestKilledWhileHolding(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := cellIn(t, openIn(t, dir, time.Now()), childParams())
	c.store.clock = sinceBoot
	c.live.lock.Patience = time.Minute
	before := c.frame.state.Version
	holder := startChild(t, dir, "hold")
	if said := holder.line(); said != "inside" {
		t.Fatal(said)
	}
	done := make(chan error)
	go func() {
		_, err := c.Reserve(t.Context(), pacing.ReserveRequest{})
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("Reserve = %v while another process holds the lock", err)
	case <-time.After(20 * time.Millisecond):
	}
	holder.signal(os.Kill)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if sent := c.frame.state.Counts.Sent; sent != 1 || c.frame.state.Version < before {
		t.Errorf("%d sent at version %d, was %d, want the one of this process", sent, c.frame.state.Version, before)
	}
}

// A process that is stopped while it holds the lock stops nobody for long, and when it wakes it writes
// nothing over what the others did meanwhile.
func TestStoppedWhileHolding(t *testing.T) {
	t.Parallel()
	for _, removed := range []bool{false, true} {
		dir := t.TempDir()
		c := cellIn(t, openIn(t, dir, time.Now()), childParams())
		c.store.clock = sinceBoot
		c.live.lock.Patience = 100 * time.Millisecond
		holder := startChild(t, dir, "hold")
		if said := holder.line(); said != "inside" {
			t.Fatal(said)
		}
		holder.signal(syscall.SIGSTOP)
		if _, err := c.Reserve(t.Context(), pacing.ReserveRequest{}); !errors.Is(err, private.ErrHeld) {
			t.Fatalf("Reserve = %v, want that the lock is held", err)
		}
		sent := int64(0)
		if removed { // then there is another file to go on with
			if err := os.Remove(c.live.path); err != nil {
				t.Fatal(err)
			}
			for range 5 {
				take(t, c)
				sent++
			}
		}
		time.Sleep(150 * time.Millisecond)
		holder.signal(syscall.SIGCONT)
		if _, err := holder.in.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
		if said := holder.line(); !strings.HasSuffix(said, "granted true") {
			t.Errorf("the holder says %q", said)
		}
		_ = holder.cmd.Wait()
		version := c.frame.state.Version
		soon(t, c)
		if got := c.frame.state.Counts.Sent; got != sent+2 {
			t.Errorf("removed %v: %d sent, want %d of this process and 1 of the holder", removed, got, sent+1)
		}
		if c.frame.state.Version <= version {
			t.Errorf("removed %v: the version went from %d to %d", removed, version, c.frame.state.Version)
		}
	}
}

// soon takes a slot once the wait that was given up is over.
func soon(t *testing.T, c *cell) {
	t.Helper()
	err := private.ErrHeld
	for end := time.Now().Add(10 * time.Second); errors.Is(err, private.ErrHeld) && time.Now().Before(end); time.Sleep(time.Millisecond) {
		_, err = c.Reserve(t.Context(), pacing.ReserveRequest{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// However many processes are killed, no slot is handed out twice, and the file is never found damaged.
func TestKilledByChance(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	slots := make(chan string, 1000)
	run := func() {
		c := startChild(t, dir, "reserve")
		go func() {
			for n := 0; c.out.Scan(); n++ {
				if n == 0 { // it is at work
					time.AfterFunc(time.Duration(rand.IntN(100))*time.Millisecond, func() { _ = c.cmd.Process.Kill() })
				}
				slots <- c.out.Text()
			}
			slots <- ""
		}()
	}
	const children = 24
	for range children {
		time.Sleep(10 * time.Millisecond)
		run()
	}
	seen, twice := map[string]bool{}, 0
	for left := children; left > 0; {
		slot := <-slots
		switch {
		case slot == "":
			left--
		case strings.ContainsAny(slot, ": "):
			t.Error(slot)
		case seen[slot]:
			twice++
		}
		seen[slot] = true
	}
	if twice > 0 || len(seen) < 50 {
		t.Errorf("%d of %d slots were handed out twice", twice, len(seen))
	}
	c := &cell{store: openIn(t, dir, time.Now()), key: "k", live: liveFile{path: dir + "/" + fileName("k")}}
	c.live.file, _, _ = private.Open(c.live.path)
	defer c.live.close()
	if err := c.read(); err != nil {
		t.Errorf("read = %v", err)
	}
}
