package redisstore

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/test/redistest"
)

var _ pacing.Presence = (*Store)(nil)

func someUser(host string) pacing.User {
	return pacing.User{
		PID: 7, Host: host, Command: "batch notion", Since: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC),
		Uses: []pacing.Use{{Key: "notion@1", InFlight: 2, Waiting: 60}},
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b, other := openAt(t, "redis://"+server.Addr), openAt(t, "redis://"+server.Addr), openAt(t, "redis://"+server.Addr+"?prefix=arl*")
	for s, host := range map[*Store]string{a: "a", b: "b", other: "other"} {
		for range 2 {
			if err := s.Announce(t.Context(), someUser(host)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if users, err := a.Users(t.Context()); err != nil || len(users) != 2 {
		t.Errorf("%v, %v", users, err)
	}
	if err := b.Withdraw(t.Context()); err != nil {
		t.Fatal(err)
	}
	users, err := b.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]pacing.User{someUser("a")}, users, cmp.Transformer("time", time.Time.Unix)); diff != "" {
		t.Error(diff)
	}
	if known, err := a.List(t.Context()); err != nil || len(known) != 0 {
		t.Errorf("users are no keys: %v, %v", known, err)
	}
}

// A process that was killed is forgotten.
func TestUsersExpire(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	s := openAt(t, "redis://"+server.Addr())
	if err := s.Announce(t.Context(), someUser("a")); err != nil {
		t.Fatal(err)
	}
	for _, key := range server.Keys() {
		if server.TTL(key) != pacing.UserExpiry {
			t.Errorf("%s expires in %v", key, server.TTL(key))
		}
	}
	server.FastForward(pacing.UserExpiry)
	if users, err := s.Users(t.Context()); err != nil || len(users) != 0 {
		t.Errorf("%v, %v", users, err)
	}
}

// A user of arl's own, with the rights that docs/scaling.md gives, can say what it uses, and who looks can see.
func TestUsersWithFewRights(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	do(t, server, "ACL", "SETUSER", "arl", "on", ">secret", "resetkeys", "~arl:*", "-@all",
		"+eval", "+evalsha", "+hmget", "+hset", "+hdel", "+del", "+time", "+pexpire", "+expire",
		"+zadd", "+zrem", "+zremrangebyscore", "+zcard", "+select", "+hello", "+auth", "+scan")
	s := openAt(t, "redis://arl:secret@"+server.Addr)
	if err := s.Announce(t.Context(), someUser("a")); err != nil {
		t.Fatal(err)
	}
	if users, err := s.Users(t.Context()); err != nil || len(users) != 1 {
		t.Errorf("%v, %v", users, err)
	}
	if err := s.Withdraw(t.Context()); err != nil {
		t.Error(err)
	}
}

// A store that is away is no more than an error, soon.
func TestUsersWithoutStore(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	s := openAt(t, "redis://"+server.Addr())
	server.Close()
	if err := s.Announce(t.Context(), someUser("a")); err == nil {
		t.Error("Announce: no error")
	}
	if _, err := s.Users(t.Context()); err == nil {
		t.Error("Users: no error")
	}
}
