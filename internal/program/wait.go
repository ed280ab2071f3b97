package program

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/headers"
)

const (
	// namedWait precedes a wait that may be a bare number of seconds: a header's name, or a preposition.
	namedWait = `(?i)retry[-_ ]?after(?:[-_](ms))?["']?\s*[:=]?\s*["']?` +
		`|(?:try|trying|retry|retrying|again|wait|waiting|resets?|available|back) +(?:again +)?(?:in|after|for|at) +(?:about +)?`
	// plainWait precedes one that must have a unit: "wait 30 seconds", but not "retry 3 of 5".
	plainWait = `(?i)\b(?:wait|waiting|sleeping|retrying) +(?:about +)?`
	// maxWords is of how many words a wait may consist: "Wed, 21 Oct 2026 07:28:00 GMT" has six.
	maxWords = 6
)

// Waits find how long a program was asked to wait in what it writes.
type Waits struct{ named, plain *regexp.Regexp }

// NewWaits returns what is compiled once for many lines.
func NewWaits() Waits {
	return Waits{named: regexp.MustCompile(namedWait), plain: regexp.MustCompile(plainWait)}
}

// Longest returns the longest wait that a line names, in any form of Retry-After, after words such as "retry after",
// "try again in", "resets at"; 0 if it names none.
func (w Waits) Longest(line string, now time.Time) time.Duration {
	if !strings.ContainsAny(line, "0123456789") {
		return 0
	}
	longest := time.Duration(0)
	for _, at := range w.named.FindAllStringSubmatchIndex(line, -1) {
		unit := ""
		if at[2] >= 0 {
			unit = line[at[2]:at[3]]
		}
		longest = max(longest, leading(line[at[1]:], unit, now))
	}
	for _, at := range w.plain.FindAllStringIndex(line, -1) {
		if rest := line[at[1]:]; !bare(rest) {
			longest = max(longest, leading(rest, "", now))
		}
	}
	return longest
}

// leading reads the wait that a text begins with: as many of its words as make one.
func leading(text, unit string, now time.Time) time.Duration {
	words := strings.Fields(text)
	var f headers.Fields
	f.Read(http.Header{}, now)
	for n := min(len(words), maxWords); n > 0; n-- {
		candidate := strings.Trim(strings.Join(words[:n], " "), `.,;:!()[]{}"'`)
		if first, _, cut := strings.Cut(candidate, `"`); cut { // JSON goes on
			candidate = first
		}
		if wait := f.LongestWait([]string{candidate + unit}); wait > 0 {
			return wait
		}
	}
	return 0
}

// bare reports whether a text begins with a number that has no unit.
func bare(text string) bool {
	words := strings.Fields(text)
	return len(words) == 0 || strings.Trim(words[0], "0123456789.,") == "" && (len(words) == 1 || !isUnit(words[1]))
}

// isUnit reports whether a word is a unit of time.
func isUnit(word string) bool {
	units := []string{"ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hour", "hours"}
	return slices.Contains(units, strings.ToLower(strings.Trim(word, ".,;:!)")))
}
