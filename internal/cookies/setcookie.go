package cookies

import (
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/httpcheck"
)

// maxCookie is how long name and value of a cookie may be together, as with browsers and curl.
const maxCookie = 4096

// A sentCookie is what a Set-Cookie header says.
type sentCookie struct {
	name, value, path, domain string
	secure, httpOnly          bool
	hasMaxAge                 bool
	maxAge                    int64 // seconds
	expires                   time.Time
}

// parseSetCookie reads a Set-Cookie header as RFC 6265, section 5.2 has it done, and as curl does: nearly
// everything is a name or a value, and an attribute that cannot be read is as if it were not there. net/http
// reads what servers should send, which drops cookies that all browsers take.
func parseSetCookie(line string) (c sentCookie, ok bool) {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, sep := strings.Cut(pair, "=")
	c.name, c.value = trimBlank(name), trimBlank(value)
	if !sep || c.name == "" || len(c.name)+len(c.value) > maxCookie || httpcheck.CheckHeader("Set-Cookie", line) != nil {
		return c, false
	}
	if strings.ContainsRune(c.name+c.value, '\t') {
		return c, false // it would not fit into a file of cookies
	}
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, value, _ := strings.Cut(attribute, "=")
		c.attribute(trimBlank(key), trimBlank(value))
	}
	return c, c.prefixed()
}

// attribute takes in one attribute. Of several of one name the last counts.
func (c *sentCookie) attribute(name, value string) {
	switch strings.ToLower(name) {
	case "expires":
		if at, ok := parseCookieDate(value); ok {
			c.expires = at
		}
	case "max-age":
		if n, ok := parseMaxAge(value); ok {
			c.maxAge, c.hasMaxAge = n, true
		}
	case "domain":
		c.domain = strings.ToLower(strings.TrimPrefix(value, "."))
	case "path":
		c.path = strings.Trim(value, `"`)
	case "secure":
		c.secure = true
	case "httponly":
		c.httpOnly = true
	}
}

// parseMaxAge reads whole seconds; what is not positive means that the cookie is over.
func parseMaxAge(text string) (int64, bool) {
	digits := strings.TrimPrefix(strings.Trim(text, `"`), "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		n = 1 << 31 // longer than anything
	}
	if strings.Contains(text, "-") {
		n = -n
	}
	return n, true
}

// prefixed reports whether a cookie keeps what the prefix of its name promises.
func (c *sentCookie) prefixed() bool {
	name := strings.ToLower(c.name)
	switch {
	case strings.HasPrefix(name, "__secure-"):
		return c.secure
	case strings.HasPrefix(name, "__host-"):
		return c.secure && c.path == "/" && c.domain == ""
	}
	return true
}

// ends is when the cookie is over; zero is with the session. Max-Age takes precedence over Expires.
func (c *sentCookie) ends(now time.Time) time.Time {
	switch {
	case c.hasMaxAge && c.maxAge <= 0:
		return time.Unix(1, 0)
	case c.hasMaxAge:
		return now.Add(time.Duration(c.maxAge) * time.Second)
	}
	return c.expires
}

func trimBlank(s string) string { return strings.Trim(s, " \t") }
