package sandbox

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestServeLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	l := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	begun := make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-ctx.Done()
		w.Write([]byte("done"))
	})
	var wg sync.WaitGroup
	wg.Go(func() {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String(), nil)
		if r := do(new(http.Transport), req); r.body != "done" || r.err != nil {
			t.Errorf("answer during the stop = %q, %v, want done", r.body, r.err)
		}
	})
	wg.Go(func() {
		<-begun
		stop()
	})
	if err := Serve(ctx, l, h); err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	wg.Wait()
}

func TestServeSaysWhyItCannot(t *testing.T) {
	t.Parallel()
	l := listen(t)
	l.Close()
	if err := Serve(t.Context(), l, http.NotFoundHandler()); err == nil {
		t.Error("Serve on a closed listener = nil, want an error")
	}
}
