package redisstore

import (
	"context"
	_ "embed" // the script
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed place.lua
var placeScript string

// A Place is one value that all hosts share, such as a token that gets renewed, and a claim for the one who is
// about to replace it. All of it is one hash and one script, a round trip for each step. It is a tokens.Place.
type Place struct {
	store  *Store
	script *redis.Script
	key    string
}

// Place returns the place of a name. It has nothing to do with the key of that name.
func (s *Store) Place(name string) *Place {
	prefix := s.address.Prefix
	if prefix == "" {
		prefix = defaultPrefix
	}
	return &Place{store: s, script: redis.NewScript(placeScript), key: prefix + "token:{" + name + "}"}
}

// Read returns what was put down, and for how long that lasts by the server's clock; nothing if there is nothing.
func (p *Place) Read(ctx context.Context) ([]byte, time.Duration, error) {
	_, value, left, err := p.run(ctx, "read", "", 0, nil)
	if err != nil || value == "" {
		return nil, 0, err
	}
	return []byte(value), left, nil
}

// Claim makes holder the one who may write, for a time; again by the same holder it makes the time longer. It
// reports false while another one is.
func (p *Place) Claim(ctx context.Context, holder string, life time.Duration) (bool, error) {
	done, _, _, err := p.run(ctx, "claim", holder, life, nil)
	return done, err
}

// Write puts a value down for a time, and gives the claim up; an empty value removes what is there. It reports false,
// and writes nothing, if the claim has been lost.
func (p *Place) Write(ctx context.Context, holder string, value []byte, life time.Duration) (bool, error) {
	done, _, _, err := p.run(ctx, "write", holder, life, value)
	return done, err
}

// Keep is Write, and keeps the claim.
func (p *Place) Keep(ctx context.Context, holder string, value []byte, life time.Duration) (bool, error) {
	done, _, _, err := p.run(ctx, "keep", holder, life, value)
	return done, err
}

// Release gives the claim up.
func (p *Place) Release(ctx context.Context, holder string) error {
	_, _, _, err := p.run(ctx, "release", holder, 0, nil)
	return err
}

func (p *Place) run(ctx context.Context, op, holder string, span time.Duration, value []byte) (done bool, text string, left time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var list []any
	err = p.store.patiently(ctx, func() (err error) {
		list, err = p.script.Run(ctx, p.store.client, []string{p.key}, op, holder, span.Milliseconds(), value).Slice()
		return err
	})
	if err != nil {
		return false, "", 0, err
	}
	var one, ms int64
	if len(list) != 3 || scan(list[:1], &one) != nil || scan(list[2:], &ms) != nil {
		return false, "", 0, p.store.failed(errReply)
	}
	text, _ = list[1].(string)
	return one == 1, text, time.Duration(ms) * time.Millisecond, nil
}
