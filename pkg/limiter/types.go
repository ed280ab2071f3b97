package limiter

import (
	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/httpcheck"
	"github.com/arl-cli/arl/internal/pacing"
)

// Params say how a key is paced before anything was learned. The zero value works. Its fields, with their
// defaults:
//
//	InitialRate    float64       // requests per second at first; 2
//	MinRate        float64       // never less; 0.1
//	MaxRate        float64       // never more; no bound
//	IncreaseStep   float64       // requests per second added per accepted request near the limit; 0.1
//	DecreaseFactor float64       // the deepest decrease of one congestion event; 0.5
//	NoSlowStart    bool          // increase by IncreaseStep even while no throttle was ever met
//	Burst          int           // requests at once after idling; 1
//	MaxConcurrency int           // requests of this process in flight at once; no bound
//	DefaultPause   time.Duration // after a throttle that names no time; 1 s
//	Windows        []Window      // documented limits, at most 4, never exceeded
type Params = pacing.Params

// A Window is a documented limit: at most Limit requests (an int) in any span of Per (a time.Duration).
type Window = pacing.Window

// Learned is what is known of a key, and what [Config.Recall] gives back in a later run: Rate and Ceiling in
// requests per second (Ceiling is 0 while no throttle was met), Burst, Concurrency (0 if it is not limited),
// PausedUntil, LastThrottle, Updated, and Counts of requests sent, accepted and throttled.
type Learned = pacing.Learned

// A Store keeps the live state of every key. Package filestore has one for all processes of a user, package
// redisstore one for several hosts; a Limiter without one keeps its own in memory. It is passed to [Config] and
// not meant to be implemented.
type Store = pacing.Store

// A Rule matches a response that hides what it is behind its status: a throttle that comes as 403, or a
// quota that is used up for good. Every condition that is set must match: Status, Header (exact values, "*" for
// any), Body (a substring), JSON (a predicate). For [Plan.ThrottleWhen], Waits and Pause say how long to pause.
type Rule = headers.Rule

// What became of a request; see [Grant.Done].
const (
	Accepted   = pacing.Accepted   // the server responded; the limit had room
	Throttled  = pacing.Throttled  // rejected because of a limit, as with 429
	Overloaded = pacing.Overloaded // the server is overloaded and asks for a pause: says nothing of the limit
	Failed     = pacing.Failed     // 5xx, or no response: says nothing of the limit
)

// ErrUnsendable matches the error of a request that cannot be sent as it is: it did not leave this machine, no
// slot was used, and a retry would not help.
var ErrUnsendable = httpcheck.ErrUnsendable
