package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// Interrupts are what SIGINT, SIGTERM and SIGHUP do to a batch. While requests are in flight the first one lets them come to
// their end; otherwise, and the second time, the run is given up.
type Interrupts struct {
	Run       context.Context // ends when the run is given up
	Accepting context.Context // ends when nothing new is to be sent, at the latest with run

	mu     sync.Mutex
	gently func() // says that the first one has come; nil while nothing is in flight
	giveUp context.CancelFunc
	drain  context.CancelFunc
	ignore func()
}

// NewInterrupts handles signals from now on.
func NewInterrupts(ctx context.Context) *Interrupts {
	i := &Interrupts{}
	i.Run, i.giveUp = context.WithCancel(ctx)
	i.Accepting, i.drain = context.WithCancel(i.Run)
	i.ignore = OnSignals(func(int) { i.came() })
	return i
}

// came takes one signal in.
func (i *Interrupts) came() {
	i.mu.Lock()
	gently := i.gently
	i.gently = nil
	i.mu.Unlock()
	if gently == nil {
		i.giveUp()
		return
	}
	gently()
	i.drain()
}

// Sending says that requests may be in flight from now on, and what to call at the first signal.
func (i *Interrupts) Sending(gently func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.gently = gently
}

// Sent says that none is in flight any more.
func (i *Interrupts) Sent() { i.Sending(nil) }

// Stop leaves signals alone.
func (i *Interrupts) Stop() {
	i.ignore()
	i.giveUp()
}

// endings are the signals that end a run: Ctrl-C, SIGTERM, and SIGHUP, which comes when a terminal is closed, unless it is
// ignored as under nohup.
func endings() []os.Signal {
	list := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		list = append(list, syscall.SIGHUP)
	}
	return list
}

// OnSignals calls f with 1, 2, ... for every signal that ends a run, until it is stopped. A SIGHUP behind another one is
// not the user's second wish: shells send several, and systemd one behind SIGTERM.
func OnSignals(f func(n int)) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, endings()...)
	go func() {
		n := 0
		for s := range signals {
			if s == syscall.SIGHUP && n > 0 {
				continue
			}
			n++
			f(n)
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// patience is how long what was interrupted may take to end by itself.
const patience = 2 * time.Second

// Abandonable runs f, and when ctx has ended waits no longer than patience for its end: what reads standard input or
// opens a pipe does not hear of a signal.
func Abandonable(ctx context.Context, f func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- f() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		return &Error{Message: "interrupted", Code: ExitInterrupted}
	}
}

// Interruptible returns a context that the first Ctrl-C, SIGTERM or SIGHUP ends.
func Interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(ctx, endings()...)
}

// InterruptedOr is err, or that the user has ended the run before it began.
func InterruptedOr(err error) error {
	if errors.Is(err, context.Canceled) {
		return &Error{Message: "interrupted", Code: ExitInterrupted, Err: err}
	}
	return err
}
