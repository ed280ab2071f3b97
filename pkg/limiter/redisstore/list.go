package redisstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// List returns what is known of every key, as of now. What cannot be read is left out.
func (s *Store) List(ctx context.Context) (map[string]pacing.Learned, error) {
	before, after := s.prefix()+"{", "}"
	known := make(map[string]pacing.Learned)
	keys := s.client.Scan(ctx, 0, escape(before)+"*"+after, 1000).Iterator()
	for keys.Next(ctx) {
		key := strings.TrimSuffix(strings.TrimPrefix(keys.Val(), before), after)
		r, err := s.call(ctx, s.keys(key), "read", "", 0)
		if err != nil {
			return nil, err
		}
		var v view
		if r.status == "state" && v.parse(r.rest) == nil {
			v.now = r.now
			known[key] = v.learned(time.Now())
		}
	}
	if err := keys.Err(); err != nil {
		return nil, s.failed(err)
	}
	return known, nil
}

// escape takes the meaning of a pattern from a text.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`).Replace(text)
}

// learned is what a view tells, as of when the key was used last.
func (v *view) learned(now time.Time) pacing.Learned {
	l := v.state.Learned(v.seen, now.Add(-time.Duration(max(0, v.now-v.seen))))
	l.PausedUntil = v.state.Learned(v.now, now).PausedUntil
	return l
}

// Reset forgets a key, also in processes that are using it: they start again from what they recall.
func (s *Store) Reset(ctx context.Context, key string) error {
	if _, err := s.call(ctx, s.keys(key), "forget", "", 0); err != nil {
		return fmt.Errorf("forget %s: %w", key, err)
	}
	return nil
}
