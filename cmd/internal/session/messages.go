package session

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/arl-cli/arl/cmd/internal/cli"
	"github.com/arl-cli/arl/internal/estimate"
	"github.com/arl-cli/arl/internal/pacing"
	"github.com/arl-cli/arl/internal/terminal"
	"github.com/arl-cli/arl/pkg/limiter"
)

// noteworthy is how long a wait must be to be said without --explain, which tells a whole story.
const noteworthy = 2 * time.Second

// Messages are the lines that arl says on stderr while it works: warnings, and waits long enough that
// somebody might wonder. It is safe for use by many goroutines.
type Messages struct {
	w      io.Writer
	Style  terminal.Style
	silent bool

	offered atomic.Bool // see offerProfile

	mu    sync.Mutex
	until map[string]time.Time // per key, what was reported last
	adHoc map[string]string    // of hosts without a profile, where they are
}

func newMessages(e *cli.Env, g *cli.GlobalOptions, o *SendOptions) *Messages {
	return &Messages{
		w: terminal.Painted(e.Err), Style: e.Style(g), silent: o.Silent, until: make(map[string]time.Time), adHoc: make(map[string]string),
	}
}

// Say writes a line.
func (n *Messages) Say(format string, args ...any) {
	fmt.Fprintf(n.w, "arl: %s\n", terminal.Plain(fmt.Sprintf(format, args...)))
}

// warning reports an error that stops nothing, with its hint if it has one.
func (n *Messages) warning(err error) {
	if n.silent {
		return
	}
	n.Say("warning: %s", err)
	if advised, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok && advised.Hint() != "" {
		n.hint(advised.Hint())
	}
}

func (n *Messages) hint(text string) {
	fmt.Fprintf(n.w, "%s %s\n", n.Style.Warn("hint:"), terminal.Plain(text))
}

// Warn says what went wrong, and on a second line what can be done about it, if the message has one.
func (n *Messages) Warn(message string) {
	if n.silent {
		return
	}
	message, hint, _ := strings.Cut(message, "\nhint: ")
	n.Say("warning: %s", message)
	if hint != "" {
		n.hint(hint)
	}
}

// observe says what somebody should know who does not read an explanation.
func (n *Messages) observe(e *limiter.Event) {
	switch e.Kind {
	case limiter.EventWaiting:
		n.waiting(e.Key, e.Left, e.Reason)
	case limiter.EventOutage:
		n.outage(e.API, e.Lasted, e.Left)
	}
}

// waiting says that the head of a key's queue has to wait, once for each wait.
func (n *Messages) waiting(key string, left time.Duration, why pacing.Reason) {
	if n.silent || left < noteworthy {
		return
	}
	until := time.Now().Add(left)
	n.mu.Lock()
	said := n.until[key]
	if said.Sub(until).Abs() < time.Second || why == pacing.ReasonRate && time.Now().Before(said) {
		n.mu.Unlock()
		return
	}
	if len(n.until) > mostBegun {
		clear(n.until)
	}
	n.until[key] = until
	n.mu.Unlock()
	n.Say("%s: waiting %s, until %s (%s)", key, terminal.Span(left), cli.Clock(until, time.Now()), estimate.WaitFor(why).Why)
}

// outage says that an api has been failing, and when it is tried again.
func (n *Messages) outage(api string, lasted, next time.Duration) {
	if n.silent {
		return
	}
	if lasted < time.Second {
		n.Say("%s: outage; requests wait, and one tests the server in %s", api, terminal.Span(next))
		return
	}
	n.Say("%s: outage for %s; next test in %s", api, terminal.Span(lasted), terminal.Span(next))
}
