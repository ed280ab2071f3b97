package config

import (
	"math"
	"net/url"
	"slices"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// compiled is what a profile needs at every request, prepared once.
type compiled struct {
	base    *url.URL // never nil; without a trailing slash
	params  *limiter.Params
	rules   *limiter.Rules
	buckets []compiledBucket // parallel to Profile.Buckets
	posts   []glob
}

type compiledBucket struct {
	params  *limiter.Params
	pattern pattern
}

// Compiled returns a checked copy of p with everything prepared, or p itself if it is ready.
func (p *Profile) Compiled() (*Profile, error) {
	if p.compiled != nil {
		return p, nil
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	c := *p
	c.Buckets = slices.Clone(p.Buckets)
	c.compiled = c.prepare()
	return &c, nil
}

// built returns what was prepared, or prepares it for a profile that no registry has seen.
func (p *Profile) built() *compiled {
	if p.compiled != nil {
		return p.compiled
	}
	return p.prepare()
}

func (p *Profile) prepare() *compiled {
	m := &compiled{
		base:   p.base(),
		params: p.apart(p.Pace).params(),
		rules: &limiter.Rules{
			Backoff: p.BackoffStatusCodes, ThrottleWhen: limiterRules(p.ThrottleWhen), NeverRetry: limiterRules(p.NeverRetry),
		},
		posts: parseGlobs(p.IdempotentPosts),
	}
	for i := range p.Buckets {
		b := &p.Buckets[i]
		m.buckets = append(m.buckets, compiledBucket{b.over(p.Pace).params(), newPattern(b)})
	}
	return m
}

// apart is a profile's own pace without what all its buckets pass together.
func (p *Profile) apart(c Pace) Pace {
	if len(p.Buckets) > 0 {
		c.Limits, c.MaxConcurrency = nil, nil
	}
	return c
}

// Params says how the key of a bucket is paced; nil means the requests of no bucket. What all buckets
// pass together is not in it, see [Profile.Gate]. For a profile of a registry the pointer is always the
// same one.
func (p *Profile) Params(b *Bucket) *limiter.Params {
	return p.ParamsAt(slices.IndexFunc(p.Buckets, func(own Bucket) bool { return b != nil && own.Name == b.Name }))
}

// ParamsAt is Params of a bucket by its place in Buckets, or of no bucket for -1.
func (p *Profile) ParamsAt(i int) *limiter.Params {
	m := p.built()
	if i < 0 {
		return m.params
	}
	return m.buckets[i].params
}

// Rules say which answers are throttles. For a profile of a registry the pointer is always the same
// one.
func (p *Profile) Rules() *limiter.Rules { return p.built().rules }

// MaxBackoff is how often a throttled request is repeated, as in [limiter.Plan]: negative means
// never, 0 the default.
func (p *Profile) MaxBackoff() int {
	switch n := p.MaxRetriesOnBackoff; {
	case n == nil:
		return 0
	case *n == 0:
		return -1
	default:
		return *n
	}
}

// Circuit returns a new circuit breaker, closed, as the profile wants it: by default after five
// failures, for 30 s.
func (p *Profile) Circuit() *limiter.Circuit {
	if b := p.CircuitBreaker; b != nil {
		return &limiter.Circuit{FailureThreshold: b.FailureThreshold, OpenInterval: b.OpenInterval}
	}
	return &limiter.Circuit{}
}

// What an explicit zero means to [limiter.Params], where zero is the default.
const (
	almostNoRate  = 1.0 / 86400 // requests per second: one a day
	almostNoStep  = math.SmallestNonzeroFloat64
	almostNoPause = time.Nanosecond
)

func (c Pace) params() *limiter.Params {
	return &limiter.Params{
		InitialRate:    valueOr(c.InitialRate, 0, 0),
		MinRate:        valueOr(c.MinRate, 0, almostNoRate),
		MaxRate:        valueOr(c.MaxRate, 0, 0),
		IncreaseStep:   valueOr(c.IncreaseStep, 0, almostNoStep),
		DecreaseFactor: valueOr(c.DecreaseFactor, 0, 0),
		NoSlowStart:    c.SlowStart != nil && !*c.SlowStart,
		Burst:          valueOr(c.Burst, 0, 0),
		MaxConcurrency: valueOr(c.MaxConcurrency, 0, 0),
		DefaultPause:   valueOr(c.DefaultPause, 0, almostNoPause),
		Windows:        slices.Clone(c.Limits),
	}
}

// valueOr returns what field points to, or absent without one; zero stands for an explicit zero.
func valueOr[T float64 | int | time.Duration](field *T, absent, zero T) T {
	switch {
	case field == nil:
		return absent
	case *field == 0:
		return zero
	default:
		return *field
	}
}

// over returns the pace of a bucket within a profile's. Limits and concurrency it has none but its own:
// those of the profile are for all buckets together.
func (b *Bucket) over(profile Pace) Pace {
	c := b.Pace
	inherit(&c.InitialRate, profile.InitialRate)
	inherit(&c.MinRate, profile.MinRate)
	inherit(&c.MaxRate, profile.MaxRate)
	inherit(&c.IncreaseStep, profile.IncreaseStep)
	inherit(&c.DecreaseFactor, profile.DecreaseFactor)
	inherit(&c.SlowStart, profile.SlowStart)
	inherit(&c.Burst, profile.Burst)
	inherit(&c.DefaultPause, profile.DefaultPause)
	return c
}

func inherit[T any](field **T, profile *T) {
	if *field == nil {
		*field = profile
	}
}
