package estimate

import "github.com/arl-cli/arl/internal/pacing"

// A Wait is a reason to wait, in words for each place that a person meets it.
type Wait struct {
	Label  string // for the progress line
	Why    string // for messages and --explain
	Remain string // for an error, before the time that remains
}

// WaitFor puts a reason into words.
func WaitFor(r pacing.Reason) Wait {
	switch r {
	case pacing.ReasonPause:
		return Wait{"pause", "the server asked for a pause", "throttled, the pause lasts another"}
	case pacing.ReasonScout:
		return Wait{"pause", "one request went ahead after a pause", "throttled, the pause lasts another"}
	case pacing.ReasonWindow:
		return Wait{"documented limit", "the documented limit is used up", "the documented limit is used up, it asks to wait"}
	case pacing.ReasonBudget:
		return Wait{"until the reset", "little or nothing is left until the server's reset", "nothing is left of the limit, its reset asks to wait"}
	case pacing.ReasonPriority:
		return Wait{"priority", "requests of a higher priority wait", "requests of a higher priority wait, the rate asks to wait"}
	case pacing.ReasonShare:
		return Wait{"share", "this process keeps to its share of the limit", "its share of the limit asks to wait"}
	case pacing.ReasonLarger:
		return Wait{"larger request", "a larger request came first and waits until enough is left for it", "a larger request came first, the limit asks to wait"}
	case pacing.ReasonRate:
		return Wait{"rate", "the next slot at this rate", "the rate asks to wait"}
	}
	return Wait{"rate", "other requests are in flight", "the rate asks to wait"}
}
