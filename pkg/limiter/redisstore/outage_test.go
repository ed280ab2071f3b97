package redisstore

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/sandbox"
	"github.com/arl-cli/arl/pkg/limiter"
	"github.com/arl-cli/arl/test/redistest"
)

// do runs a command on the server, and fails the test if it cannot.
func do(t *testing.T, s *redistest.Server, args ...any) any {
	t.Helper()
	v, err := s.Do(t.Context(), args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return v
}

// A team is processes that send through one store as fast as they may, each with a limiter of its own.
type team struct {
	limiters            []*limiter.Limiter
	accepted, throttled atomic.Int64
	failed              atomic.Int64 // requests that were not let through at all
	lost, back          atomic.Int64
	busy                atomic.Int64 // of those lost, because others were in the way
	stop                chan struct{}
	done                sync.WaitGroup
}

// launch starts a team against a server that admits rate a second.
func launch(t *testing.T, address string, processes, rate int) *team {
	t.Helper()
	api, err := sandbox.New(sandbox.Config{Limits: []sandbox.Limit{{Kind: sandbox.Bucket, N: rate, Per: time.Second, Burst: rate / 5}}})
	if err != nil {
		t.Fatal(err)
	}
	f := &team{stop: make(chan struct{})}
	p := &pacing.Params{InitialRate: float64(rate) * 9 / 10, MaxRate: float64(rate) * 97 / 100}
	for range processes {
		s := openAt(t, address)
		l := limiter.New(limiter.Config{
			Store: s, Observe: f.observe,
		})
		f.limiters = append(f.limiters, l)
		for range 4 {
			f.done.Go(func() { f.send(t.Context(), l, p, api) })
		}
	}
	t.Cleanup(f.end)
	return f
}

func (f *team) observe(e limiter.Event) {
	switch e.Kind {
	case limiter.EventStoreBack:
		f.back.Add(1)
	case limiter.EventStoreLost:
		f.lost.Add(1)
		if errors.Is(e.Err, errBusy) {
			f.busy.Add(1)
		}
	}
}

func (f *team) send(ctx context.Context, l *limiter.Limiter, p *pacing.Params, api http.Handler) {
	t := &limiter.Transport{
		Base: handled{api}, Limiter: l, Retry: limiter.Retry{MaxBackoff: -1},
		Plan: func(*http.Request) limiter.Plan { return limiter.Plan{Key: "api", Params: p} },
	}
	for {
		select {
		case <-f.stop:
			return
		default:
		}
		req := httptest.NewRequestWithContext(ctx, http.MethodGet, "/items/1", nil)
		resp, err := t.RoundTrip(req)
		if err != nil {
			f.failed.Add(1)
			return
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusTooManyRequests {
			f.throttled.Add(1)
		} else {
			f.accepted.Add(1)
		}
	}
}

// A handled is a transport to a handler.
type handled struct{ http.Handler }

func (h handled) RoundTrip(req *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w.Result(), nil
}

// end stops the team; it may be called twice.
func (f *team) end() {
	select {
	case <-f.stop:
	default:
		close(f.stop)
	}
	f.done.Wait()
}

// What the server does while a team is under way, for how long the store may be away because of it, and what
// holds then. Throttles are to be a handful, and nobody may stand still.
func TestOutages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	others := launch(t, "redis://"+redistest.Start(t).Addr, teamSize, teamRate)
	var all sync.WaitGroup
	defer all.Wait()
	for name, test := range map[string]struct {
		args   []string
		happen func(t *testing.T, s *redistest.Server)
	}{
		"killed and started again": {nil, func(t *testing.T, s *redistest.Server) {
			s.Kill()
			if err := s.Run(); err != nil {
				t.Fatal(err)
			}
		}},
		"killed and started again with what was kept": {[]string{"--appendonly", "yes"}, func(t *testing.T, s *redistest.Server) {
			s.Kill()
			if err := s.Run(); err != nil {
				t.Fatal(err)
			}
		}},
		"killed, away for 3s": {nil, func(t *testing.T, s *redistest.Server) {
			s.Kill()
			time.Sleep(3 * time.Second)
			if err := s.Run(); err != nil {
				t.Fatal(err)
			}
		}},
		"emptied":            {nil, func(t *testing.T, s *redistest.Server) { do(t, s, "FLUSHALL") }},
		"set back":           {nil, setBack},
		"paused":             {nil, func(t *testing.T, s *redistest.Server) { do(t, s, "CLIENT", "PAUSE", "2000") }},
		"cut off everybody":  {nil, func(t *testing.T, s *redistest.Server) { do(t, s, "CLIENT", "KILL", "TYPE", "normal") }},
		"forgot its scripts": {nil, func(t *testing.T, s *redistest.Server) { do(t, s, "SCRIPT", "FLUSH") }},
	} {
		all.Go(func() { // not t.Parallel, which is as many at once as there are cores: they sleep
			t.Run(name, func(t *testing.T) {
				s := redistest.Start(t, test.args...)
				outage(t, others, "redis://"+s.Addr, func() { test.happen(t, s) })
			})
		})
	}
	all.Go(func() { t.Run("a replica takes over", func(t *testing.T) { failover(t, others) }) })
}

// failover: the server dies, and its replica takes its place behind the same address.
func failover(t *testing.T, others *team) {
	master := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	host, port, _ := net.SplitHostPort(master.Addr)
	replica := redistest.Start(t, "--replicaof", host, port)
	way, err := redistest.Forward(t.Context(), master.Addr, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(way.Close)
	for end := time.Now().Add(30 * time.Second); !strings.Contains(fmt.Sprint(do(t, replica, "INFO", "replication")), "master_link_status:up"); {
		if time.Now().After(end) {
			t.Fatal("the replica does not follow")
		}
		time.Sleep(20 * time.Millisecond)
	}
	outage(t, others, "redis://"+way.Addr, func() {
		master.Kill()
		time.Sleep(300 * time.Millisecond) // until somebody notices
		do(t, replica, "REPLICAOF", "NO", "ONE")
		way.Lead(replica.Addr)
	})
}

// A team in TestOutages.
const teamSize, teamRate = 4, 100

// outage lets something happen to the store of a team, which must hardly notice: it is compared with others,
// to whose store nothing happens, because who knows what a busy machine carries.
func outage(t *testing.T, others *team, address string, happen func()) {
	f := launch(t, address, teamSize, teamRate)
	time.Sleep(2500 * time.Millisecond)
	before, usual, start := f.accepted.Load(), others.accepted.Load(), time.Now()
	happen()
	time.Sleep(time.Until(start.Add(5 * time.Second)))
	middle, usualMiddle := f.accepted.Load(), others.accepted.Load()
	time.Sleep(2 * time.Second)
	after, usualAfter := f.accepted.Load()-middle, others.accepted.Load()-usualMiddle
	for end := time.Now().Add(10 * time.Second); f.lost.Load() != f.back.Load() && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	f.end()
	got, throttled := middle-before, f.throttled.Load()
	usual = usualMiddle - usual
	t.Logf("accepted %d in 5s and then %d in 2s, others %d and %d; throttled %d; lost %d, back %d",
		got, after, usual, usualAfter, throttled, f.lost.Load(), f.back.Load())
	least := 0.4 // what is away too long, or stands still, is far below
	if throttled > 0 {
		least = 0.25 // a cut is being recovered from
	}
	measured := os.Getenv("MEASURE") != "" // alone on the machine, see the Makefile
	if measured && (got < usual/4 || float64(after) < least*float64(usualAfter)) {
		t.Errorf("%d were accepted in 5s, then %d in 2s, want it to go on and then to be as before: others had %d and %d", got, after, usual, usualAfter)
	}
	if measured && throttled > 25 {
		t.Errorf("%d were throttled, want a handful", throttled)
	}
	if f.lost.Load() != f.back.Load() {
		t.Errorf("lost %d times, back %d times", f.lost.Load(), f.back.Load())
	}
	if n := f.failed.Load(); n > 0 {
		t.Errorf("%d requests were not let through", n)
	}
}

// setBack makes the server fall back to what it was a second ago, as a replica does that takes over.
func setBack(t *testing.T, s *redistest.Server) {
	keys := do(t, s, "KEYS", "*}").([]any)
	var dumps []any
	for _, key := range keys {
		dumps = append(dumps, do(t, s, "DUMP", key))
	}
	time.Sleep(time.Second)
	for i, key := range keys {
		do(t, s, "RESTORE", key, 0, dumps[i], "REPLACE")
	}
}

// A pause outlives the server's memory, and is not taken for one of before.
func TestPauseOutlivesTheServer(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := &pacing.Params{InitialRate: 10, Windows: []pacing.Window{{Limit: 50, Per: time.Minute}}}
	var cells []pacing.Cell
	for range 2 {
		c, err := openAt(t, "redis://"+s.Addr).Open(t.Context(), "k", p, nil)
		if err != nil {
			t.Fatal(err)
		}
		cells = append(cells, c)
	}
	turn, err := cells[0].Reserve(t.Context(), pacing.ReserveRequest{})
	if err != nil {
		t.Fatal(err)
	}
	ev := pacing.Event{Kind: pacing.Throttled, Generation: turn.Generation, Pause: time.Hour, Wall: time.Now()}
	if v, err := cells[0].Apply(t.Context(), p, ev); err != nil || !v.Cut {
		t.Fatalf("Apply = %+v, %v, want a cut", v, err)
	}
	do(t, s, "FLUSHALL")
	stranger, err := openAt(t, "redis://"+s.Addr).Open(t.Context(), "k", p, nil) // knows nothing of it
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := cells[0].Current(t.Context(), turn.Generation); ok || err != nil {
		t.Errorf("Current = %v, %v, want a grant of before void", ok, err)
	}
	if turn, err := cells[0].Reserve(t.Context(), pacing.ReserveRequest{}); err != nil || turn.Granted || turn.Until < 59*time.Minute {
		t.Errorf("Reserve = %+v, %v, want the rest of a pause of 1h", turn, err)
	}
	if turn, err := stranger.Reserve(t.Context(), pacing.ReserveRequest{}); err != nil || turn.Granted || turn.Until < 59*time.Minute {
		t.Errorf("a stranger's Reserve = %+v, %v, want the same pause", turn, err)
	}
	if v, err := cells[1].Apply(t.Context(), p, ev); err != nil || v.Paused < 59*time.Minute {
		t.Errorf("Apply of a throttle of before = %+v, %v", v, err)
	}
}

// What was sent before the server lost its memory counts as a full window, also where somebody else was first.
func TestWindowOutlivesTheServer(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := &pacing.Params{InitialRate: 100, Burst: 5, Windows: []pacing.Window{{Limit: 5, Per: time.Minute}}}
	mine, err := openAt(t, "redis://"+s.Addr).Open(t.Context(), "k", p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if turn, err := mine.Reserve(t.Context(), pacing.ReserveRequest{}); err != nil || !turn.Granted {
		t.Fatalf("Reserve = %+v, %v", turn, err)
	}
	do(t, s, "FLUSHALL")
	if _, err := openAt(t, "redis://"+s.Addr).Open(t.Context(), "k", p, nil); err != nil {
		t.Fatal(err)
	}
	turn, err := mine.Reserve(t.Context(), pacing.ReserveRequest{})
	if err != nil || turn.Granted || turn.Reason != pacing.ReasonWindow || turn.Until < 50*time.Second {
		t.Errorf("Reserve = %+v, %v, want to wait for the window", turn, err)
	}
}

// Who may not log in is told so, without the password.
func TestCredentials(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	const secret = "s3cr%t/word"
	do(t, s, "ACL", "SETUSER", "arl", "on", ">"+secret, "resetkeys", "~arl:*", "-@all",
		"+eval", "+evalsha", "+hmget", "+hset", "+hdel", "+del", "+time", "+pexpire", "+expire",
		"+zadd", "+zrem", "+zremrangebyscore", "+zcard", "+select", "+hello", "+auth", "+scan")
	encoded := "s3cr%25t%2Fword"
	for address, good := range map[string]bool{
		"redis://arl:" + encoded + "@" + s.Addr:                   true,
		"redis://arl:" + encoded + "@" + s.Addr + "/0":            true,
		"redis://arl:wrong-" + encoded + "@" + s.Addr:             false,
		"redis://nobody:" + encoded + "@" + s.Addr:                false,
		"redis://arl:" + encoded + "@" + s.Addr + "?prefix=other": false,
	} {
		store := openAt(t, address)
		err := store.Check(t.Context())
		if good {
			if err != nil {
				t.Errorf("%s: %v", address, err)
				continue
			}
			c, err := store.Open(t.Context(), "k", &pacing.Params{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if turn, err := c.Reserve(t.Context(), pacing.ReserveRequest{}); err != nil || !turn.Granted && turn.Until == 0 {
				t.Errorf("Reserve = %+v, %v", turn, err)
			}
			continue
		}
		if !IsDenied(err) || strings.Contains(err.Error(), "s3cr") {
			t.Errorf("Check = %v, want to be rejected, without the password", err)
		}
	}
	do(t, s, "CONFIG", "SET", "requirepass", secret)
	if err := openAt(t, "redis://"+s.Addr).Check(t.Context()); !IsDenied(err) {
		t.Errorf("Check without a password = %v, want to be rejected", err)
	}
	if err := openAt(t, "redis://:"+encoded+"@"+s.Addr).Check(t.Context()); err != nil {
		t.Errorf("Check with a password alone = %v", err)
	}
}

// Databases and prefixes keep budgets apart, and every key expires.
func TestDatabaseAndPrefix(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := &pacing.Params{InitialRate: 0.2}
	for _, end := range []string{"", "/3", "?prefix=team:", "/3?prefix=team:"} {
		c, err := openAt(t, "redis://"+s.Addr+end).Open(t.Context(), "k", p, nil)
		if err != nil {
			t.Fatal(err)
		}
		if turn, err := c.Reserve(t.Context(), pacing.ReserveRequest{}); err != nil || !turn.Granted {
			t.Errorf("%s: Reserve = %+v, %v, want a budget of its own", end, turn, err)
		}
	}
	for _, key := range do(t, s, "KEYS", "*").([]any) {
		if ttl := do(t, s, "PTTL", key).(int64); ttl < int64(59*time.Minute/time.Millisecond) || ttl > int64(70*time.Minute/time.Millisecond) {
			t.Errorf("%s expires in %d ms, want an hour and little more", key, ttl)
		}
	}
}

// A hash that is none of arl's is replaced, and what was sent before counts as unknown.
func TestDamagedHash(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	p := &pacing.Params{InitialRate: 10, Windows: []pacing.Window{{Limit: 5, Per: time.Minute}}}
	store := openAt(t, "redis://"+s.Addr)
	for name, fields := range map[string][]any{
		"of somebody else": {"inc", "1"},
		"no law":           {"law", "short"},
		"no numbers":       {"next", "soon"},
		"odd window":       {"w0", "1 2 3"},
	} {
		c, err := store.Open(t.Context(), name, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		key := store.keys(name)[0]
		if name == "of somebody else" {
			do(t, s, "DEL", key)
		}
		do(t, s, append([]any{"HSET", key}, fields...)...)
		if _, err := c.Learned(t.Context()); err != nil {
			t.Errorf("%s: Learned = %v", name, err)
		}
		turn, err := c.Reserve(t.Context(), pacing.ReserveRequest{})
		if err != nil || turn.Granted || turn.Reason != pacing.ReasonWindow {
			t.Errorf("%s: Reserve = %+v, %v, want a full window", name, turn, err)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := certify(t, dir)
	port := strings.TrimPrefix(freeAddr(t), "127.0.0.1:")
	s := redistest.Start(t, "--tls-port", port, "--tls-cert-file", filepath.Join(dir, "cert.pem"),
		"--tls-key-file", filepath.Join(dir, "key.pem"), "--tls-ca-cert-file", ca, "--tls-auth-clients", "no")
	if err := openAt(t, "rediss://127.0.0.1:"+port+"?ca="+ca).Check(t.Context()); err != nil {
		t.Errorf("Check with the authority = %v", err)
	}
	err := openAt(t, "rediss://127.0.0.1:"+port).Check(t.Context())
	for errors.Is(err, context.DeadlineExceeded) && t.Context().Err() == nil { // a machine that is busy
		err = openAt(t, "rediss://127.0.0.1:"+port).Check(t.Context())
	}
	if !IsDenied(err) {
		t.Errorf("Check without it = %v, want to be rejected", err)
	}
	if err := openAt(t, "rediss://"+s.Addr+"?ca="+ca).Check(t.Context()); err == nil {
		t.Error("Check over TLS of a port without it works")
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// certify makes an authority that certifies itself, for 127.0.0.1.
func certify(t *testing.T, dir string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "arl test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "cert.pem")
}
