package redisstore

import (
	"os"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/test/redistest"
	"github.com/arl-cli/arl/test/storetest"
)

func TestMain(m *testing.M) {
	Quiet()
	os.Exit(m.Run())
}

// openAt opens the store at an address; it is closed with the test.
func openAt(t testing.TB, address string) *Store {
	t.Helper()
	a, err := Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(a)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// virtual makes a store's clock follow virtual time from start, and its choices predictable.
func (s *Store) virtual(start time.Time) *Store {
	s.clock = func() int64 { return int64(time.Since(start)) }
	s.chance = func() int64 { return 0 }
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	storetest.Run(t, func(t *testing.T, dir string) storetest.Opener {
		start, address := time.Now(), "redis://"+server.Addr+"?prefix="+dir
		return func(t *testing.T) pacing.Store { return openAt(t, address).virtual(start) }
	})
}

// The script runs in Go as well, so that the suite passes where no Redis is installed.
func TestStoreWithoutRedis(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	storetest.Run(t, func(t *testing.T, dir string) storetest.Opener {
		start, address := time.Now(), "redis://"+server.Addr()+"?prefix="+dir
		return func(t *testing.T) pacing.Store { return openAt(t, address).virtual(start) }
	})
}
