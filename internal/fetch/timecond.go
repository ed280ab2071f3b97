package fetch

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/arl-cli/arl/internal/input"
)

// timeCondition is -z as a header: If-Modified-Since, or If-Unmodified-Since for what begins with a dash. A name of a
// file stands for the time at which that was changed.
func (o *Options) timeCondition() (name, value string, err error) {
	text, not := strings.CutPrefix(o.TimeCond, "-")
	name = "If-Modified-Since"
	if not {
		name = "If-Unmodified-Since"
	}
	at, ok := parseTime(text)
	if !ok {
		info, err := os.Stat(text)
		if err != nil {
			return "", "", input.Errorf("-z: %q is neither a time such as 2026-01-02T15:04:05Z nor a file", text)
		}
		at = info.ModTime()
	}
	return name, at.UTC().Format(http.TimeFormat), nil
}

// parseTime reads a time as people and servers write it; without a zone it is UTC, as with curl.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{
		http.TimeFormat, time.RFC1123Z, time.RFC850, time.ANSIC, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05",
		"2006-01-02 15:04", "2006-01-02", "20060102", "2 Jan 2006", "2 Jan 2006 15:04:05", "Jan 2 2006",
		"Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 MST",
	} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	if seconds, ok := strings.CutPrefix(text, "@"); ok {
		n, err := strconv.ParseInt(seconds, 10, 64)
		return time.Unix(n, 0), err == nil
	}
	return time.Time{}, false
}

// unchanged reports whether a response says that what -z asks for has not changed: then -o leaves an older file as it
// is.
func (o *Options) unchanged(resp *http.Response) bool {
	return o.TimeCond != "" && (resp.StatusCode == http.StatusNotModified || resp.StatusCode == http.StatusPreconditionFailed)
}
