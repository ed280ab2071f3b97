// Package estimate formats what is known about a limit and how certain it is, and the reasons to wait, so that all
// commands use the same words for the same fact. It is pure.
package estimate

import (
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

const (
	// enough is how many requests must have been accepted or throttled before what they taught is called learned.
	enough = 10
	// near is how near the rate has to be to what was throttled for that to be the limit, rather than above it.
	near = 0.95
)

// A Limit is what is known of a server's limit.
type Limit int

// What can be known of a limit.
const (
	Unknown Limit = iota // too few requests to tell
	None                 // nothing was throttled for a rate so far
	Below                // somewhere below what was throttled
	About                // about what was throttled: the rate is next to it
)

// LimitOf says what is known of a key's limit.
func LimitOf(l *limiter.Learned) Limit {
	switch {
	case few(l):
		return Unknown
	case l.Ceiling <= 0:
		return None
	case l.Rate < near*l.Ceiling:
		return Below
	}
	return About
}

// few reports whether too few requests were accepted or throttled to have taught anything. Where none was counted, as
// in a file that was written by hand, whoever wrote it knows.
func few(l *limiter.Learned) bool {
	switch {
	case l.Source == pacing.SourceHeader:
		return false
	case l.Counts == pacing.Counts{}:
		return l.Source == pacing.SourceDefault && l.Ceiling <= 0
	}
	return evidence(l) < enough
}

// evidence is how many requests say something of the limit: those that failed otherwise do not.
// Where the limit counts something else, it is as many as that stands for.
func evidence(l *limiter.Learned) int64 {
	return int64(float64(l.Counts.Accepted+l.Counts.Throttled) / max(l.Sizes.Mean, 1))
}

// String names it as --json does.
func (k Limit) String() string { return [...]string{"unknown", "none", "below", "about"}[k] }

// Words says what is known of a key's limit: "about 21.0/s", "below 30.0/s", "none met", "not known yet".
func Words(l *limiter.Learned) string {
	switch LimitOf(l) {
	case Below:
		return "below " + terminal.PerSecond(l.Ceiling)
	case About:
		return "about " + terminal.PerSecond(l.Ceiling)
	case None:
		return "none met"
	}
	return "not known yet"
}

// Phrase is Words as part of a sentence: "limit about 21.0/s", "no limit met".
func Phrase(l *limiter.Learned) string {
	if LimitOf(l) == None {
		return "no limit met"
	}
	return "limit " + Words(l)
}

// Cell is Words for a table of rates in requests per second: "21.0", "<30.0", "-".
func Cell(l *limiter.Learned) string {
	switch LimitOf(l) {
	case Below:
		return "<" + terminal.Rate(l.Ceiling)
	case About:
		return terminal.Rate(l.Ceiling)
	}
	return "-"
}

// Source says in a word where a key's rate comes from: a header, what was learned, the profile's default, or a few
// requests, which make no more than an estimate.
func Source(l *limiter.Learned) string {
	if l.Source == pacing.SourceLearned && few(l) {
		return "estimate"
	}
	return l.Source.String()
}

// Evidence is Source with how much it rests on: "learned from 1,234 requests", "estimate from 3 requests".
func Evidence(l *limiter.Learned) string {
	source := Source(l)
	switch l.Source {
	case pacing.SourceDefault:
		return "the profile"
	case pacing.SourceHeader:
		return "a header of the server"
	}
	if n := evidence(l); n > 0 {
		source += " from " + terminal.Quantity(n, "request")
	}
	return source
}
