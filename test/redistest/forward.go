package redistest

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Forwarder is a port of loopback that leads to another one, which may change, and takes its time.
type Forwarder struct {
	Addr  string
	ln    net.Listener
	delay time.Duration
	to    atomic.Pointer[string]

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// Forward starts a forwarder. delay is added to each way.
func Forward(ctx context.Context, to string, delay time.Duration) (*Forwarder, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Forwarder{Addr: ln.Addr().String(), ln: ln, delay: delay, conns: make(map[net.Conn]bool)}
	f.to.Store(&to)
	go f.accept()
	return f, nil
}

// Lead makes new connections lead elsewhere, and cuts the old ones off.
func (f *Forwarder) Lead(to string) {
	f.to.Store(&to)
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		_ = c.Close()
	}
}

// Close ends it.
func (f *Forwarder) Close() {
	_ = f.ln.Close()
	f.Lead("")
}

func (f *Forwarder) accept() {
	for {
		c, err := f.ln.Accept()
		if err != nil {
			return
		}
		go f.serve(c)
	}
}

func (f *Forwarder) serve(c net.Conn) {
	defer c.Close() //nolint:errcheck // nothing is written by then
	d, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", *f.to.Load())
	if err != nil {
		return
	}
	f.keep(c, d)
	var both sync.WaitGroup
	both.Go(func() { f.pour(d, c) })
	both.Go(func() { f.pour(c, d) })
	both.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, c)
	delete(f.conns, d)
}

func (f *Forwarder) keep(conns ...net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range conns {
		f.conns[c] = true
	}
}

// A parcel is what was read, and when it may go on.
type parcel struct {
	b  []byte
	at time.Time
}

// pour copies what comes, each part late by the delay and none waiting for the one before.
func (f *Forwarder) pour(to io.WriteCloser, from io.Reader) {
	defer to.Close() //nolint:errcheck // the other way ends with it
	parcels := make(chan parcel, 1024)
	go func() {
		defer close(parcels)
		for {
			b := make([]byte, 16<<10)
			n, err := from.Read(b)
			if n > 0 {
				parcels <- parcel{b[:n], time.Now().Add(f.delay)}
			}
			if err != nil {
				return
			}
		}
	}()
	failed := false
	for p := range parcels { // to the end, so that whoever reads is never held up
		time.Sleep(time.Until(p.at))
		if !failed {
			_, err := to.Write(p.b)
			failed = err != nil
		}
	}
}
