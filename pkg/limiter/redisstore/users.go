package redisstore

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/arl-cli/arl/internal/pacing"
)

// signIn writes what a process says for as long as it is believed, in one step.
const signIn = `redis.call('HSET', KEYS[1], 'user', ARGV[1]) redis.call('PEXPIRE', KEYS[1], ARGV[2]) return 1`

// Announce implements limiter.Register.
func (s *Store) Announce(ctx context.Context, u pacing.User) error {
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = redis.NewScript(signIn).Run(ctx, s.client, []string{s.userKey(s.process)}, text, pacing.UserExpiry.Milliseconds()).Err()
	if err != nil {
		return s.failed(err)
	}
	return nil
}

// Withdraw implements limiter.Register.
func (s *Store) Withdraw(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.client.Del(ctx, s.userKey(s.process)).Err(); err != nil {
		return s.failed(err)
	}
	return nil
}

// userKey is where a process says what it uses. It is none of the keys that List looks for.
func (s *Store) userKey(process string) string { return s.prefix() + "user:" + process }

// Users returns who uses the keys, on all hosts.
func (s *Store) Users(ctx context.Context) ([]pacing.User, error) {
	var users []pacing.User
	before := s.userKey("")
	keys := s.client.Scan(ctx, 0, escape(before)+"*", 1000).Iterator()
	for keys.Next(ctx) {
		if !strings.HasPrefix(keys.Val(), before) {
			continue
		}
		values, err := s.client.HMGet(ctx, keys.Val(), "user").Result()
		if err != nil {
			continue // it has ended, or the key is somebody else's
		}
		var u pacing.User
		if text, ok := values[0].(string); ok && json.Unmarshal([]byte(text), &u) == nil {
			users = append(users, u)
		}
	}
	if err := keys.Err(); err != nil {
		return nil, s.failed(err)
	}
	return users, nil
}
