//go:build unix

package cli_test

import (
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/arl-cli/arl/cmd/internal/cli"
)

// A SIGHUP ends a run once: those that follow another signal are not a second wish to end it.
func TestHangUpCountsOnce(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP) // it is not ignored any more, where the tests are run by nohup
	defer signal.Stop(heard)
	count := make(chan int, 10)
	stop := cli.OnSignals(func(n int) { count <- n })
	defer stop()
	send := func(s syscall.Signal) {
		if err := syscall.Kill(syscall.Getpid(), s); err != nil {
			t.Fatal(err)
		}
	}
	send(syscall.SIGHUP)
	if n := <-count; n != 1 {
		t.Fatalf("the first signal is number %d", n)
	}
	send(syscall.SIGHUP)
	send(syscall.SIGTERM)
	if n := <-count; n != 2 {
		t.Fatalf("SIGTERM behind two SIGHUPs is number %d, want 2", n)
	}
}
