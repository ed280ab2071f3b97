package sandbox

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

// isSlackCall reports whether a request is a POST to a method of Slack's.
func (s *Server) isSlackCall(r *http.Request) bool {
	return s.config.Pages == "slack" && r.Method == http.MethodPost && strings.Contains(path.Base(r.URL.Path), ".")
}

// slackCall answers as Slack does: with 200 whether it worked or not. A message needs a channel.
func slackCall(w http.ResponseWriter, r *http.Request, n int64) {
	values, err := parameters(r)
	switch {
	case err != nil:
		slackError(w, "invalid_"+bodyForm(r))
	case path.Base(r.URL.Path) == "chat.postMessage" && values["channel"] == "":
		slackError(w, "channel_not_found")
	default:
		ts := fmt.Sprintf("%d.%06d", time.Now().Unix(), n)
		replyJSON(w, http.StatusOK, object{"ok": true, "channel": values["channel"], "ts": ts})
	}
}

// slackItems is the name that a list of Slack's has in its pages.
func slackItems(r *http.Request) string {
	switch family, _, _ := strings.Cut(path.Base(r.URL.Path), "."); family {
	case "conversations":
		return "channels"
	case "files", "usergroups", "bookmarks", "reminders":
		return family
	default:
		return "members" // users.list
	}
}
