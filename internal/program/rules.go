package program

import (
	"regexp"
	"slices"
	"time"
)

// Rules say which runs of a program were throttled.
type Rules struct {
	Exit []int // exit codes that mean it, whatever the program wrote
	// Output are patterns that mean it if a line of standard error matches, whatever the exit code. nil means
	// DefaultOutput, but only for a program that failed: one that succeeded may speak of limits without having met one.
	Output []*regexp.Regexp
}

// DefaultOutput is what programs write when a server has throttled them.
const DefaultOutput = `(?i)\b429\b|too many requests|rate.?limit|rate exceeded|retry.?after|throttl(ed|ing)`

// A Result is how a run ended.
type Result struct {
	Code      int           // the exit code; 128 and the number of the signal that ended it
	Throttled bool          // by a server
	Why       string        // the rule that says so
	Wait      time.Duration // that the program's output named; 0 if it named none
}

// Failed reports whether the program says that it failed.
func (r Result) Failed() bool { return r.Code != 0 }

// result applies the rules to what is known when the program has ended.
func (r *Rules) result(code int, seen sighting) Result {
	out := Result{Code: code}
	switch {
	case slices.Contains(r.Exit, code):
		out.Throttled, out.Why = true, "exit code"
	case seen.matched && (r.Output != nil || code != 0):
		out.Throttled, out.Why = true, "standard error"
	}
	if out.Throttled {
		out.Wait = seen.wait
	}
	return out
}

// patterns are those that standard error is searched for.
func (r *Rules) patterns() []*regexp.Regexp {
	if r.Output == nil {
		return []*regexp.Regexp{regexp.MustCompile(DefaultOutput)}
	}
	return r.Output
}
