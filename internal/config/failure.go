package config

import (
	"net/http"
	"strings"

	"github.com/arl-cli/arl/internal/headers"
	"github.com/arl-cli/arl/internal/jsonpath"
)

// MayFail reports whether a response with this status and these headers may be a failure all the same, see
// [Profile.Failure].
func (p *Profile) MayFail(status int, h http.Header) bool {
	return headers.MayMatch(p.built().failWhen, status, h)
}

// Failure returns what a response says went wrong, and whether a rule of fail_when says that it is a failure, whatever
// its status.
func (p *Profile) Failure(status int, h http.Header, body []byte) (message string, failed bool) {
	rules := p.built().failWhen
	if len(rules) == 0 || !headers.Matches(rules, status, h, body) {
		return "", false
	}
	return failureMessage(body), true
}

// failureMessage returns the first of the words that JSON has for what went wrong.
func failureMessage(body []byte) (message string) {
	for _, text := range [...]string{".errors[].message", ".error.message", ".error", ".errors[]", ".message"} {
		path, _ := jsonpath.ParseAll(text)
		path.Scan(body, func(value string) bool {
			message = value
			return false
		})
		if message != "" {
			return beginningOf(message)
		}
	}
	return "a failure, by the profile's fail_when"
}

// maxMessage bounds what a message repeats of a response, in bytes.
const maxMessage = 300

func beginningOf(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "..."
}

// failures checks the rules of fail_when.
func (c *checker) failures(rules []Rule) {
	c.rules("fail_when", rules)
	c.noPauses("fail_when", rules)
}
