package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/pacing"
)

// caps is the hash of the caps of all hosts, by what they were given for. Unlike keys it does not expire, and every version
// of arl uses the same.
func (s *Store) caps() string { return s.basePrefix() + "caps" }

// SetCap keeps a cap for every key that name covers, whoever uses it from now on, and makes the live state of those in keys
// keep to it.
func (s *Store) SetCap(ctx context.Context, name string, c pacing.Cap, keys []string) error {
	if err := s.client.HSet(ctx, s.caps(), name, capText(c)).Err(); err != nil {
		return s.failed(err)
	}
	for _, key := range keys {
		if err := newCell(s, key, &pacing.Params{}, nil).setCap(ctx, c); err != nil {
			return fmt.Errorf("set the cap of %s: %w", key, err)
		}
	}
	return nil
}

// Caps returns the caps of all hosts.
func (s *Store) Caps(ctx context.Context) (pacing.Caps, error) {
	texts, err := s.client.HGetAll(ctx, s.caps()).Result()
	if err != nil {
		return nil, s.failed(err)
	}
	caps := make(pacing.Caps, len(texts))
	for name, text := range texts {
		if c, ok := parseCap(text); ok {
			caps[name] = c
		}
	}
	return caps, nil
}

// setCap makes a key keep to a cap. One that is not there, or that whoever opens it starts again, is left alone: its
// parameters are not known here.
func (c *cell) setCap(ctx context.Context, to pacing.Cap) error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	r, err := c.store.call(ctx, c.names, "read", "", 0)
	if err != nil {
		return err
	}
	var v view
	if r.status != "state" || v.parse(r.rest) != nil || r.now < v.seen || r.now-v.seen > int64(stale) {
		return nil
	}
	v.now = r.now
	c.see(v)
	_, err = c.update(ctx, mostTries, func(now int64, _ *view, s *pacing.State) change {
		s.SetCap(now, to)
		return change{}
	})
	return err
}

// cap makes a state that was made just now keep to the cap that covers its key.
func (c *cell) cap(ctx context.Context, now int64, s *pacing.State) error {
	names := pacing.CoveredBy(c.key)
	if len(names) == 0 {
		return nil
	}
	var texts []any
	err := c.store.patiently(ctx, func() (err error) {
		texts, err = c.store.client.HMGet(ctx, c.store.caps(), names...).Result()
		return err
	})
	for _, text := range texts {
		if to, ok := parseCap(fmt.Sprint(text)); ok {
			s.SetCap(now, to)
		}
	}
	return err
}

// capText is a rate and when it was set, in Unix ns.
func capText(c pacing.Cap) string {
	return strconv.FormatFloat(c.Rate, 'g', -1, 64) + " " + strconv.FormatInt(c.Set.UnixNano(), 10)
}

func parseCap(text string) (c pacing.Cap, ok bool) {
	rate, set, _ := strings.Cut(text, " ")
	at, err := strconv.ParseInt(set, 10, 64)
	if err != nil {
		return c, false
	}
	c.Set = time.Unix(0, at)
	c.Rate, err = strconv.ParseFloat(rate, 64)
	return c, err == nil && c.Sound()
}
