package limiter

import "github.com/arl-cli/arl/internal/pacing"

// Params say how a key is to be paced before anything was learned. The zero value works: 2 requests per
// second at first, no upper bound, at least one every 10 seconds.
type Params = pacing.Params

// A Window is a documented limit: at most Limit requests in any span of Per.
type Window = pacing.Window

// Learned is what is known of a key: its rate, the ceiling that was found, the pause in force, counts.
type Learned = pacing.Learned

// A Store keeps the live state of every key: [NewMemory] for one process, package filestore for all
// processes of a user, package redisstore for several hosts.
type Store = pacing.Store

// Kind is what became of a granted request.
type Kind = pacing.Kind

// The kinds of outcome.
const (
	Accepted   = pacing.Accepted   // the server responded; the limit had room
	Throttled  = pacing.Throttled  // rejected because of a limit
	Overloaded = pacing.Overloaded // the server is overloaded and asks for a pause: says nothing of the limit
	Failed     = pacing.Failed     // 5xx, or no response: says nothing of the limit
)

// Reason says what a request waits for.
type Reason = pacing.Reason

// The reasons to wait.
const (
	ReasonNone   = pacing.ReasonNone
	ReasonRate   = pacing.ReasonRate   // the next slot at the current rate
	ReasonPause  = pacing.ReasonPause  // the server throttled: no request is sent before the pause ends
	ReasonScout  = pacing.ReasonScout  // one request was sent first after a pause; its response is awaited
	ReasonWindow = pacing.ReasonWindow // a documented limit is used up
	ReasonBudget = pacing.ReasonBudget // the server reports that nothing remains until its reset
)
