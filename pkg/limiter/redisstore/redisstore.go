// Package redisstore keeps the live state of every key in Redis or Valkey, from version 6 on, so that every
// host that names it shares one budget.
//
// Each key is one hash: the gate's integers, which a short script works on in one step, and the controller, which
// is Go. An outcome is worked out here, on the state as it was last told, and written if nobody has changed
// the controller since; what the gate counted meanwhile is kept. While the rate is high, accepted responses are told
// some at a time.
//
// The clock is the server's. A key carries an incarnation: if the server loses its data, or falls back to
// older data, whoever knew more puts it back, and grants of before are void. Keys expire an hour after what
// they tell has lost its meaning.
package redisstore

import (
	"context"
	_ "embed" // the script
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/arl-cli/arl/internal/pacing"
)

//go:embed gate.lua
var gateScript string

// patience is how long the server may be away before it counts as lost: a restart passes unnoticed.
const patience = time.Second

// Quiet keeps the Redis client from writing to stderr, for the whole program: what goes wrong, the errors of a
// Store tell.
func Quiet() { logging.Disable() }

// Store is a limiter.Store in Redis. It is safe for use by many goroutines.
type Store struct {
	address Address
	client  *redis.Client
	script  *redis.Script
	process string       // among those that use a key
	clock   func() int64 // instead of the server's, in tests
	chance  func() int64 // a new incarnation
	trip    atomic.Int64 // how long the way to the server and back takes, in ns

	mu    sync.Mutex
	cells map[string]*cell
}

// Open returns the store at an address. It does not connect yet, see [Store.Check].
func Open(a Address) (*Store, error) {
	tls, err := a.tls()
	if err != nil {
		return nil, fmt.Errorf("the store %s: %w", a, err)
	}
	network := "tcp"
	if a.Socket {
		network = "unix"
	}
	client := redis.NewClient(&redis.Options{
		Network: network, Addr: a.Host, Username: a.User, Password: a.Password, DB: a.Database, TLSConfig: tls,
		Protocol: 2, DisableIdentity: true, ContextTimeoutEnabled: true,
		DialTimeout: patience, ReadTimeout: patience, WriteTimeout: patience,
		MaxRetries: -1, DialerRetries: 1, PoolSize: 16, PipelinePoolSize: 1,
		ReadBufferSize: 8 << 10, WriteBufferSize: 8 << 10,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	return &Store{
		address: a, client: client, script: redis.NewScript(gateScript), cells: make(map[string]*cell),
		process: strconv.FormatUint(rand.Uint64(), 36),
		chance:  func() int64 { return 1 + rand.Int64N(1<<31-1) },
	}, nil
}

// Check connects, once. The error [IsDenied] if it makes no sense to try again.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.script.Run(ctx, s.client, s.keys("*"), "read", s.now(), "", 0).Err(); err != nil {
		return s.failed(err)
	}
	return nil
}

// Open implements limiter.Store.
func (s *Store) Open(ctx context.Context, key string, p *pacing.Params, recall func() *pacing.Learned) (pacing.Cell, error) {
	s.mu.Lock()
	c := s.cells[key]
	if c == nil {
		c = newCell(s, key, p, recall)
		s.cells[key] = c
	}
	s.mu.Unlock()
	return c, c.open(ctx, p)
}

// Lease implements limiter.Store: a tenth of a second.
func (s *Store) Lease() time.Duration { return 100 * time.Millisecond }

// Close implements limiter.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	cells := s.cells
	s.cells = make(map[string]*cell)
	s.mu.Unlock()
	for _, c := range cells {
		c.close()
	}
	return s.client.Close()
}

// keys are the Redis keys of a key; the braces keep them together in a cluster. Another schema has others, so
// that two versions of arl do not fight over one.
func (s *Store) keys(key string) []string {
	name := s.prefix() + "{" + key + "}"
	return []string{name, name + ":used-by"}
}

func (s *Store) prefix() string { return s.basePrefix() + strconv.Itoa(pacing.SchemaVersion) + ":" }

func (s *Store) basePrefix() string {
	if s.address.Prefix == "" {
		return defaultPrefix
	}
	return s.address.Prefix
}

// now is what a script is given as the time: nothing, so that it asks the server.
func (s *Store) now() string {
	if s.clock == nil {
		return ""
	}
	return strconv.FormatInt(s.clock(), 10)
}

// A reply is what the script answered.
type reply struct {
	status string
	second int64
	now    int64
	rest   []any
}

// call runs the script, again while the server is away and patience lasts. It does not end with ctx: what is
// asked for is soon there, and half a step helps nobody.
func (s *Store) call(ctx context.Context, keys []string, op, incarnation string, version int64, args ...any) (reply, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	all := append([]any{op, s.now(), incarnation, version}, args...)
	var list []any
	err := s.patiently(ctx, func() (err error) {
		start := time.Now()
		list, err = s.script.Run(ctx, s.client, keys, all...).Slice()
		if err == nil {
			s.measure(time.Since(start))
		}
		return err
	})
	if err != nil {
		return reply{}, err
	}
	return parseReply(list)
}

// measure takes in how long a call took. What counts is the way: the shortest of late, not what came between.
func (s *Store) measure(took time.Duration) {
	trip := s.trip.Load()
	if d := int64(took) - trip; d > 0 && trip > 0 {
		took = time.Duration(trip + d/16)
	}
	s.trip.Store(int64(took)) // of two at once either will do
}

// patiently tries again while the server is away and ctx lasts.
func (s *Store) patiently(ctx context.Context, try func() error) error {
	var first error
	for {
		err := try()
		switch {
		case err == nil:
			return nil
		case first == nil || denied(err):
			first = err // what comes later may only be that time is up
		}
		if !passing(err) || !rest(ctx, 20*time.Millisecond) {
			return s.failed(first)
		}
	}
}

// rest sleeps for up to d, and reports whether ctx has not ended.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d/2 + rand.N(d/2+1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

var errReply = errors.New("unexpected reply from Redis")

func parseReply(list []any) (r reply, err error) {
	if len(list) < 3 {
		return r, errReply
	}
	r.status, _ = list[0].(string)
	r.rest = list[3:]
	var numbers [2]int64
	err = scan(list[1:3], &numbers[0], &numbers[1])
	r.second, r.now = numbers[0], numbers[1]
	return r, err
}

// scan reads integers, which come as such or as text.
func scan(list []any, to ...*int64) error {
	if len(list) < len(to) {
		return errReply
	}
	for i, p := range to {
		switch n := list[i].(type) {
		case int64:
			*p = n
		case string:
			v, err := strconv.ParseInt(n, 10, 64)
			if err != nil {
				return errReply
			}
			*p = v
		default:
			return errReply
		}
	}
	return nil
}
