package cmd

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interrupts are what SIGINT and SIGTERM do to a batch. While requests are in flight the first one lets them come to
// their end; otherwise, and the second time, the run is given up.
type interrupts struct {
	run   context.Context // ends when the run is given up
	waits context.Context // ends when nothing new is to be sent, at the latest with run

	mu     sync.Mutex
	gently func() // says that the first one has come; nil while nothing is in flight
	giveUp context.CancelFunc
	drain  context.CancelFunc
	ignore func()
}

func newInterrupts(ctx context.Context) *interrupts {
	i := &interrupts{}
	i.run, i.giveUp = context.WithCancel(ctx)
	i.waits, i.drain = context.WithCancel(i.run)
	i.ignore = onSignals(func(int) { i.came() })
	return i
}

// came takes one signal in.
func (i *interrupts) came() {
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

// sending says that requests may be in flight from now on, and what to call at the first signal.
func (i *interrupts) sending(gently func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.gently = gently
}

// sent says that none is in flight any more.
func (i *interrupts) sent() { i.sending(nil) }

// stop leaves signals alone.
func (i *interrupts) stop() {
	i.ignore()
	i.giveUp()
}

// onSignals calls f with 1, 2, ... for every SIGINT or SIGTERM until it is stopped.
func onSignals(f func(n int)) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		n := 0
		for range signals {
			n++
			f(n)
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}
