package config

import (
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/jsonpath"
	"github.com/arl-cli/arl/pkg/limiter"
)

// A Rule selects responses that are throttles, or are never retried. Every condition that is set must match.
type Rule struct {
	Status int               `yaml:"status"`
	Header map[string]string `yaml:"header"` // exact values, or "*" for any
	Body   string            `yaml:"body"`   // a substring of the beginning of the body
	// JSON is a path such as .errors[].type, see [jsonpath.Path], and In lists values, one of which must be there. Case is
	// ignored, and "*" in a value matches any characters.
	JSON  string   `yaml:"json"`
	In    []string `yaml:"in"`
	Pause Pause    `yaml:"pause"`       // for throttle_when
	All   bool     `yaml:"all_buckets"` // for throttle_when: the throttle is for all buckets together
	Units []string `yaml:"units"`       // for free: of what the response counts for nothing; empty means of everything
}

// A Pause says how long to pause after a throttle: the value at Path in the body, or Duration if the response names no
// time.
type Pause struct {
	Duration time.Duration
	Path     string // such as .parameters.retry_after, see [jsonpath.Path]
}

// parsePause parses a duration or a path.
func parsePause(text string) (Pause, error) {
	if strings.HasPrefix(text, ".") {
		_, err := ruleWaits(text)
		return Pause{Path: text}, err
	}
	d, err := parseDuration(text)
	return Pause{Duration: d}, err
}

func (p Pause) String() string {
	if p.Path != "" {
		return p.Path
	}
	return formatDuration(p.Duration)
}

// limiterRules converts checked rules for the limiter.
func limiterRules(rules []Rule) []limiter.Rule {
	out := make([]limiter.Rule, 0, len(rules))
	for _, r := range rules {
		made := limiter.Rule{Status: r.Status, Header: r.Header, Body: r.Body, Pause: r.Pause.Duration, AllKeys: r.All, Units: r.Units}
		if r.JSON != "" {
			made.JSON, _ = ruleJSON(r.JSON, r.In)
		}
		if r.Pause.Path != "" {
			made.Waits, _ = ruleWaits(r.Pause.Path)
		}
		out = append(out, made)
	}
	return out
}

// rulePath parses the path of a rule. Its JSON is read once, from the beginning, so that no index counts from the end.
func rulePath(text string) (jsonpath.Path, error) {
	path, err := jsonpath.ParseAll(text)
	for _, step := range path {
		if step.Index < 0 {
			return nil, pathError("the index of a rule must not be negative; use [] for every element")
		}
	}
	return path, err
}

// ruleJSON returns a function that reports whether one of the values that a path leads to is in a list.
func ruleJSON(path string, in []string) (func([]byte) bool, error) {
	steps, err := rulePath(path)
	if err != nil {
		return nil, err
	}
	patterns := make([]string, len(in))
	for i, value := range in {
		patterns[i] = strings.ToLower(value)
	}
	return func(body []byte) (found bool) {
		steps.Scan(body, func(text string) bool {
			text = strings.ToLower(text)
			for _, pattern := range patterns {
				found = found || matchStars(pattern, text)
			}
			return !found
		})
		return found
	}, nil
}

// ruleWaits returns a function that returns the waits that a path leads to. A number is in the unit of the last name of
// the path, as in retry_after_ms, or else in seconds.
func ruleWaits(path string) (func([]byte) []string, error) {
	steps, err := rulePath(path)
	if err != nil {
		return nil, err
	}
	unit := steps.Unit()
	return func(body []byte) (waits []string) {
		steps.Scan(body, func(text string) bool {
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				text += unit
			}
			waits = append(waits, text)
			return len(waits) < maxWaits
		})
		return waits
	}, nil
}

// maxWaits is how many waits of one body are considered.
const maxWaits = 100

// matchStars reports whether text matches a pattern in which a star matches any characters.
func matchStars(pattern, text string) bool {
	first, rest, stars := strings.Cut(pattern, "*")
	if !stars {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, first)
	for ok {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, part)
		}
		_, text, ok = strings.Cut(text, part)
		rest = after
	}
	return false
}
