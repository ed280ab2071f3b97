package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func get(ctx context.Context, t testing.TB) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://sandbox/x?y=z", nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// abortHandler panics as a handler does that breaks the connection.
func abortHandler(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestTransportAnswer(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 3*buffered)
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		status  int
		length  int64
		typ     string
		body    string
		err     error
	}{
		{"nothing", func(http.ResponseWriter, *http.Request) {}, 200, 0, "", "", nil},
		{"short", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, 200, 6, "text/html; charset=utf-8", "<html>", nil},
		{"long", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, big) }, 200, -1, "text/plain; charset=utf-8", big, nil},
		{"in parts", func(w http.ResponseWriter, _ *http.Request) {
			for i := range len(big) / 1024 {
				_, _ = io.WriteString(w, big[i*1024:(i+1)*1024])
			}
		}, 200, -1, "text/plain; charset=utf-8", big, nil},
		{"long, announced", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "12288")
			w.Header().Set("Content-Type", "a/b")
			w.WriteHeader(http.StatusTeapot)
			w.WriteHeader(http.StatusOK)          // too late
			w.Header().Set("Content-Type", "c/d") // too late
			_, _ = io.WriteString(w, big)
		}, 418, 12288, "a/b", big, nil},
		{"flushed", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "b")
		}, 200, -1, "text/plain; charset=utf-8", "ab", nil},
		{"cut short", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = io.WriteString(w, "abc")
		}, 200, 9, "text/plain; charset=utf-8", "abc", io.ErrUnexpectedEOF},
		{"cut short, streamed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "12289")
			_, _ = io.WriteString(w, big)
		}, 200, 12289, "text/plain; charset=utf-8", big, io.ErrUnexpectedEOF},
		{"more than announced", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2")
			if _, err := io.WriteString(w, "abc"); !errors.Is(err, http.ErrContentLength) {
				panic(err)
			}
			_, _ = io.WriteString(w, "ab")
		}, 200, 2, "text/plain; charset=utf-8", "ab", nil},
		{"no content", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			if _, err := io.WriteString(w, "abc"); !errors.Is(err, http.ErrBodyNotAllowed) {
				panic(err)
			}
			w.(http.Flusher).Flush()
		}, 204, 0, "", "", nil},
		{"broken off in the body", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "abc")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, 200, -1, "text/plain; charset=utf-8", "abc", syscall.ECONNRESET},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				resp, err := Transport(tt.handler).RoundTrip(get(t.Context(), t))
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if resp.StatusCode != tt.status || resp.ContentLength != tt.length || string(body) != tt.body || !errors.Is(err, tt.err) {
					t.Errorf("answer = %d, length %d, %d bytes, %v, want %d, %d, %d, %v",
						resp.StatusCode, resp.ContentLength, len(body), err, tt.status, tt.length, len(tt.body), tt.err)
				}
				if got := resp.Header.Get("Content-Type"); got != tt.typ {
					t.Errorf("type = %q, want %q", got, tt.typ)
				}
				if got := resp.Header.Get("Date"); got != "Sat, 01 Jan 2000 00:00:00 GMT" {
					t.Errorf("date = %q, want the virtual one", got)
				}
			})
		})
	}
}

func TestTransportErrors(t *testing.T) {
	t.Parallel()
	err := do(Transport(http.HandlerFunc(abortHandler)), get(t.Context(), t)).err
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("aborted: %v, want ECONNRESET", err)
	}
	oops := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oops") })
	err = do(Transport(oops), get(t.Context(), t)).err
	if err == nil || !strings.Contains(err.Error(), "oops") {
		t.Errorf("panicked: %v, want an error with oops", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = do(Transport(oops), get(ctx, t)).err
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v, want %v", err, context.Canceled)
	}
	if r := do(Transport(oops), &http.Request{}); r.err == nil {
		t.Error("without URL: no error")
	}
}

func TestTransportHead(t *testing.T) {
	t.Parallel()
	r := ask(t, newServer(t, Config{}), "HEAD /bytes/1073741824")
	if r.body != "" || r.err != nil || r.header.Get("Content-Length") != "1073741824" {
		t.Errorf("HEAD = %q, %v, Content-Length %s, want the length alone", r.body, r.err, r.header.Get("Content-Length"))
	}
}

func TestTransportStopsAtTheDeadline(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/slow/5000", "/bytes/1000000"} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, Config{Faults: Faults{Slow: 1, SlowFor: 20 * time.Second}})
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://sandbox"+path, nil)
			start := time.Now()
			r := do(Transport(s), req)
			if got := time.Since(start); !errors.Is(r.err, context.DeadlineExceeded) || got != 3*time.Second {
				t.Errorf("%s ended after %v with %v, want 3s, %v", path, got, r.err, context.DeadlineExceeded)
			}
		})
	}
}

// TestTransportNeverPassesHalfAnAnswerOff: a handler that gives up because the
// client's time is over has not come to the end of its answer.
func TestTransportNeverPassesHalfAnAnswerOff(t *testing.T) {
	t.Parallel()
	for i := range 100 { // the handler and the context race
		flush := i%2 == 0
		synctest.Test(t, func(t *testing.T) {
			half := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "half")
				if flush {
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if r := do(Transport(half), get(ctx, t)); !errors.Is(r.err, context.DeadlineExceeded) {
				t.Errorf("flushed %v: %q, %v, want %v", flush, r.body, r.err, context.DeadlineExceeded)
			}
		})
	}
}

// TestTransportClose would not end if the handler went on.
func TestTransportClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended error
		endless := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for ended == nil {
				_, ended = w.Write(make([]byte, 1000))
			}
			<-r.Context().Done()
		})
		resp, err := Transport(endless).RoundTrip(get(t.Context(), t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(io.Discard, resp.Body, 100_000); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		synctest.Wait()
		if ended == nil {
			t.Error("the handler still writes after the body was closed")
		}
	})
}

func TestTransportStreamsTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		go func() {
			for range 3 {
				time.Sleep(time.Second)
				_, _ = io.WriteString(w, "tick ")
			}
			w.Close()
		}()
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://sandbox/echo", r)
		start := time.Now()
		got := do(Transport(newServer(t, Config{})), req)
		if d := time.Since(start); !strings.Contains(got.body, `"body":"tick tick tick "`) || d != 3*time.Second {
			t.Errorf("after %v: %s, %v, want three ticks after 3s", d, got.body, got.err)
		}
	})
}

// closeCounter counts how often it was closed.
type closeCounter struct {
	io.Reader
	closed int
}

func (c *closeCounter) Close() error { c.closed++; return nil }

func TestTransportClosesTheRequest(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"/echo", "/slow/9000", "/status/404"} {
		synctest.Test(t, func(t *testing.T) {
			body := &closeCounter{Reader: bytes.NewReader([]byte("x"))}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://sandbox"+what, body)
			do(Transport(newServer(t, Config{})), req)
			synctest.Wait()
			if body.closed != 1 {
				t.Errorf("%s: body closed %d times, want once", what, body.closed)
			}
		})
	}
}

func TestTransportRequest(t *testing.T) {
	t.Parallel()
	type seen struct {
		Method, URI, Host, Path, Query string
		Length                         int64
		Header                         http.Header
	}
	var got seen
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = seen{r.Method, r.RequestURI, r.Host, r.URL.EscapedPath(), r.URL.RawQuery, r.ContentLength, r.Header}
		r.Header.Set("Added", "by the server")
	})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, "https://u:p@api.example.com:8443/a%2Fb/c?x=1", io.NopCloser(strings.NewReader("unknown length")))
	req.Header.Set("X-Test", "1")
	if r := do(Transport(h), req); r.status != http.StatusOK {
		t.Fatalf("status = %d, %v, want 200", r.status, r.err)
	}
	want := seen{"PUT", "/a%2Fb/c?x=1", "api.example.com:8443", "/a%2Fb/c", "x=1", -1, http.Header{"X-Test": {"1"}, "Added": {"by the server"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the handler sees (-want +got):\n%s", diff)
	}
	if req.Header.Get("Added") != "" {
		t.Error("the handler changed the client's header")
	}
}

func TestTransportTrace(t *testing.T) {
	t.Parallel()
	var got []string
	trace := &httptrace.ClientTrace{
		WroteHeaders:         func() { got = append(got, "headers") },
		WroteRequest:         func(httptrace.WroteRequestInfo) { got = append(got, "request") },
		GotFirstResponseByte: func() { got = append(got, "answer") },
	}
	do(Transport(http.NotFoundHandler()), get(httptrace.WithClientTrace(t.Context(), trace), t))
	if diff := cmp.Diff([]string{"headers", "request", "answer"}, got); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
}
