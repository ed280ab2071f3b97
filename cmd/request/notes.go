package request

import (
	"net/http"

	"github.com/arl-cli/arl/cmd/internal/session"
)

// sayBody says that a body goes with GET where that was not asked for in so many words: with curl -d and -F make it a
// POST, and few servers look at the body of a GET.
func (o *options) sayBody(s *session.Session) {
	if o.Silent || o.methodGiven || o.Method != http.MethodGet || !o.HasBody() {
		return
	}
	s.Messages.Say("note: this sends a body with GET; use `arl post` to send it with POST, or -G to put it into the query")
}
