package program

import (
	"io"
	"os"
	"time"
)

// A tap passes on what a program writes, byte for byte and as soon as it comes, and has a scanner read along.
type tap struct {
	in   *os.File // the program's end
	out  *os.File // ours
	to   io.Writer
	scan *scanner
	done chan struct{}
}

func newTap(to io.Writer, scan *scanner) (*tap, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &tap{in: in, out: out, to: to, scan: scan, done: make(chan struct{})}, nil
}

// started closes this process's copy of the program's end, and begins to pass on.
func (t *tap) started() {
	_ = t.in.Close()
	go func() {
		defer close(t.done)
		defer func() { _ = t.out.Close() }() // it was only read
		t.pass()
	}()
}

// pass copies until nobody can write any more, or the program has ended and nothing is left of what it wrote. Where the
// reader of this process's standard error has gone, the program finds that out as it would without arl.
func (t *tap) pass() {
	buf := make([]byte, 32<<10)
	for {
		n, err := t.out.Read(buf)
		if n == 0 && os.IsTimeout(err) {
			n = readWithoutWaiting(t.out, buf)
			if n > 0 {
				err = nil
			}
		}
		_, _ = t.scan.Write(buf[:n])
		if n > 0 {
			if _, e := t.to.Write(buf[:n]); e != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// ended returns what was seen, once all that the program wrote has been passed on. A process that it left behind may
// still hold its standard error; nobody waits for that.
func (t *tap) ended() sighting {
	_ = t.out.SetReadDeadline(time.Now()) // where that is not possible, until the end of the stream
	<-t.done
	t.scan.flush()
	return t.scan.seen
}
