package sandbox

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// spoil wraps w so that the body written to it meets the fault.
func (s *Server) spoil(w http.ResponseWriter, r *http.Request, f fault) http.ResponseWriter {
	switch f {
	case bodyResetFault, truncatedFault:
		return &cutWriter{ResponseWriter: w, head: r.Method == http.MethodHead, reset: f == bodyResetFault}
	case slowFault:
		return &slowWriter{ResponseWriter: w, ctx: r.Context(), gap: s.slowFor() / dribbles}
	default:
		return w
	}
}

func (s *Server) slowFor() time.Duration {
	if s.config.Faults.SlowFor == 0 {
		return 2 * time.Second
	}
	return s.config.Faults.SlowFor
}

// abort breaks the connection so that the client sees a reset (RST instead of
// FIN). Where there is no connection to take over, [http.ErrAbortHandler]
// makes the server, or [Transport], do the like. It does not return.
func abort(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		if tcp, ok := conn.(interface{ SetLinger(sec int) error }); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}

// cutWriter lets half of the announced body pass. Then it resets the
// connection, or swallows the rest so that the body ends before its length.
// A response that announces no body is reset.
type cutWriter struct {
	http.ResponseWriter
	head  bool
	reset bool
	begun bool
	left  int // bytes that may pass
}

func (c *cutWriter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *cutWriter) WriteHeader(status int) {
	length, _ := strconv.Atoi(c.Header().Get("Content-Length"))
	if c.head || length == 0 {
		abort(c.ResponseWriter)
	}
	c.begun = true
	c.left = length / 2
	c.ResponseWriter.WriteHeader(status)
}

func (c *cutWriter) Write(p []byte) (int, error) {
	if !c.begun {
		c.WriteHeader(http.StatusOK)
	}
	if len(p) <= c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	n, err := c.ResponseWriter.Write(p[:c.left])
	c.left = 0
	if err != nil {
		return n, err
	}
	if c.reset {
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		abort(c.ResponseWriter)
	}
	return n, errors.New("body is cut here")
}

// dribbles is how many pauses a slow body makes.
const dribbles = 16

// slowWriter makes its pauses in the first piece of body written to it, which
// is spread over them and flushed. The rest goes at full speed.
type slowWriter struct {
	http.ResponseWriter
	ctx  context.Context // of the request
	gap  time.Duration
	done bool
}

func (s *slowWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *slowWriter) Write(p []byte) (int, error) {
	if s.done {
		return s.ResponseWriter.Write(p)
	}
	s.done = true
	for i := range dribbles {
		if !pause(s.ctx, s.gap) {
			return len(p) * i / dribbles, s.ctx.Err()
		}
		if err := s.dribble(p[len(p)*i/dribbles : len(p)*(i+1)/dribbles]); err != nil {
			return len(p) * i / dribbles, err
		}
	}
	return len(p), nil
}

func (s *slowWriter) dribble(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	_, err := s.ResponseWriter.Write(p)
	_ = http.NewResponseController(s.ResponseWriter).Flush() // a broken connection shows in the next write
	return err
}

// pause waits for d and reports whether it did: ctx may end first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
