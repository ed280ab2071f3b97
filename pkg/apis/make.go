package apis

import (
	"math"
	"net/url"
	"slices"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// made is what a profile needs at every request, prepared once.
type made struct {
	base    *url.URL // never nil; without a trailing slash
	params  *limiter.Params
	rules   *limiter.Rules
	buckets []madeBucket // parallel to Profile.Buckets
	posts   []glob
}

type madeBucket struct {
	params  *limiter.Params
	pattern pattern
}

// ready returns a checked copy of p with everything prepared, or p itself if it is ready.
func (p *Profile) ready() (*Profile, error) {
	if p.made != nil {
		return p, nil
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	c := *p
	c.Buckets = slices.Clone(p.Buckets)
	c.made = c.prepare()
	return &c, nil
}

// built returns what was prepared, or prepares it for a profile that no registry has seen.
func (p *Profile) built() *made {
	if p.made != nil {
		return p.made
	}
	return p.prepare()
}

func (p *Profile) prepare() *made {
	m := &made{
		base:   p.base(),
		params: p.apart(p.Pace).params(),
		rules: &limiter.Rules{
			Backoff: p.BackoffStatusCodes, ThrottleWhen: limiterRules(p.ThrottleWhen), NeverRetry: limiterRules(p.NeverRetry),
		},
		posts: parseGlobs(p.IdempotentPosts),
	}
	for i := range p.Buckets {
		b := &p.Buckets[i]
		m.buckets = append(m.buckets, madeBucket{b.over(p.Pace).params(), newPattern(b)})
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
	m := p.built()
	for i := range p.Buckets {
		if &p.Buckets[i] == b {
			return m.buckets[i].params
		}
	}
	return m.params
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
