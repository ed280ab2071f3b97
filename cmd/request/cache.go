package request

import (
	"net/http"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/cmd/internal/session"
	"github.com/arl-cli/arl/internal/fetch"
	"github.com/arl-cli/arl/internal/httpcache"
	"github.com/arl-cli/arl/internal/terminal"
)

// checkUnchanged rejects --if-changed for lists that are written while they come: whether they have changed is known
// only at their end.
func (o *options) checkUnchanged() error {
	if o.CacheFlags.IfChanged && o.AllPages {
		return cli.Usagef("`arl batch --all --if-changed` compares whole lists", "--if-changed cannot be used with --all: pages are written as they arrive")
	}
	return nil
}

// sayUnchanged says that nothing was written, and why.
func (o *options) sayUnchanged(s *session.Session, res fetch.Result) {
	if !o.IfChanged || o.Silent || !res.Cache.Unchanged() {
		return
	}
	how := "the server says so"
	if res.Cache.Outcome == httpcache.Fresh {
		how = "it was not asked again"
	}
	s.Messages.Say("%s: HTTP %d %s, not changed since %s ago (%s); nothing was written",
		res.Request, res.Status, http.StatusText(res.Status), terminal.Span(time.Since(res.Cache.Since)), how)
}
