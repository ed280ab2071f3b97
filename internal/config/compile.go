package config

import (
	"math"
	"net/url"
	"slices"
	"time"

	"github.com/arl-cli/arl/pkg/limiter"
)

// compiled is what every request needs of a profile, computed once.
type compiled struct {
	base                     *url.URL // never nil; without a trailing slash
	params                   *limiter.Params
	throttleWhen, neverRetry []limiter.Rule
	free, failWhen           []limiter.Rule
	buckets                  []compiledBucket // parallel to Profile.Buckets
	posts, graphQL           []glob
	units                    []CompiledUnit
	polls                    []CompiledPoll
}

type compiledBucket struct {
	params  *limiter.Params
	pattern pattern
	units   []CompiledUnit
	asked   asked
	polls   []CompiledPoll
}

// Compiled checks p and returns a compiled copy of it, or p itself if it is compiled.
func (p *Profile) Compiled() (*Profile, error) {
	if p.compiled != nil {
		return p, nil
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	c := *p
	c.Buckets = slices.Clone(p.Buckets)
	c.compiled = c.compile()
	return &c, nil
}

// built returns the compiled form, or compiles a profile that is not from a registry.
func (p *Profile) built() *compiled {
	if p.compiled != nil {
		return p.compiled
	}
	return p.compile()
}

func (p *Profile) compile() *compiled {
	m := &compiled{
		base:         p.base(),
		params:       p.withoutShared(p.Pace).params(),
		throttleWhen: limiterRules(p.ThrottleWhen), neverRetry: limiterRules(p.NeverRetry),
		free: limiterRules(p.Free), failWhen: limiterRules(p.FailWhen),
		posts: parseGlobs(p.IdempotentPosts), graphQL: parseGlobs(p.GraphQL),
		units: compileUnits(p.Units),
		polls: compilePolls(p.Poll),
	}
	for i := range p.Buckets {
		b := &p.Buckets[i]
		m.buckets = append(m.buckets, compiledBucket{b.inheriting(p.Pace).params(), newPattern(b), compileUnits(b.Units), newAsked(b), compilePolls(b.Poll)})
	}
	return m
}

// withoutShared returns a profile's pace without the limits that all its buckets share.
func (p *Profile) withoutShared(c Pace) Pace {
	if len(p.Buckets) > 0 {
		c.Limits, c.MaxConcurrency = nil, nil
	}
	return c
}

// Params returns the limiter's parameters for the key of a bucket, or with nil for requests in no bucket, without the
// limits that all buckets share, see [Profile.Gate]. For a profile of a registry it is always the same pointer.
func (p *Profile) Params(b *Bucket) *limiter.Params {
	return p.ParamsAt(slices.IndexFunc(p.Buckets, func(own Bucket) bool { return b != nil && own.Name == b.Name }))
}

// ParamsAt is Params for the bucket of that index, or for no bucket with -1.
func (p *Profile) ParamsAt(i int) *limiter.Params {
	m := p.built()
	if i < 0 {
		return m.params
	}
	return m.buckets[i].params
}

// Rules are what of a [limiter.Plan] says which responses are throttles.
func (p *Profile) Rules() (backoff []int, throttleWhen, neverRetry []limiter.Rule) {
	m := p.built()
	return p.BackoffStatusCodes, m.throttleWhen, m.neverRetry
}

// FreeRules say which responses count for nothing, as in [limiter.Plan].
func (p *Profile) FreeRules() []limiter.Rule { return p.built().free }

// MaxBackoff returns how often a throttled request is retried, as in [limiter.Plan]: negative means never, 0 the
// default.
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

// Circuit returns a new, closed circuit breaker with the parameters of the profile; by default it opens after five
// failures for 30 s.
func (p *Profile) Circuit() *limiter.Circuit {
	if b := p.CircuitBreaker; b != nil {
		return &limiter.Circuit{FailureThreshold: b.FailureThreshold, OpenInterval: b.OpenInterval}
	}
	return &limiter.Circuit{}
}

// What stands for an explicit 0 in [limiter.Params], where 0 means the default.
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

// valueOr returns *field, absent if field is nil, and zero for an explicit 0.
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

// inheriting returns the pace of a bucket, completed by the profile's, except for limits and max_concurrency: those of
// the profile are for all buckets together.
func (b *Bucket) inheriting(profile Pace) Pace {
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
